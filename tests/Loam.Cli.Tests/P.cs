namespace X; public class PlaceholderTests { [Xunit.Fact] public void Ok() { } }
