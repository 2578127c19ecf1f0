namespace Loam.Machines.Tests;

/// <summary>Tests that take a lock just after another let go of it. A program that another test starts meanwhile would hold the
/// lock for as long as a fork takes.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
