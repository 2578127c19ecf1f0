using Loam.Cli.App;

return await LoamProgram.RunAsync(args).ConfigureAwait(false);
