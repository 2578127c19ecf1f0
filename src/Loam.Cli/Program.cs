using Loam.Cli;

return await LoamProgram.RunAsync(args).ConfigureAwait(false);
