[assembly: Xunit.AssemblyFixture(typeof(Loam.TestKit.TrafficRules))]
