[assembly: Xunit.AssemblyFixture(typeof(Loam.TestKit.TrafficRules))]
[assembly: Xunit.AssemblyFixture(typeof(Loam.Samples.Tests.Workshop))]
