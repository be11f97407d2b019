using QuantizeTasks.Data;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public class CaseDataTests
{
    public static IEnumerable<object[]> AllCases => Cases.All.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(AllCases))]
    public void Load_FirstAndLastSample_FitsModel(string name)
    {
        var loader = DataSource.Open(CaseSources.Validation(name));
        using var session = ModelSession.Open(Cases.Model(name));

        foreach (var index in new[] { 0, loader.Count - 1 })
        {
            var sample = loader.Load(index);
            Assert.IsNotNull(sample.Label);
            Assert.IsNotEmpty(session.Run(sample.Inputs));
        }
    }
}
