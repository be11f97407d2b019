using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Quantization;

[TestClass]
public sealed class ConfigurationTests
{
    private static readonly Rung WeightsOnly = new("weights only");
    private static readonly Rung Int16 = new("int16 activations");

    [TestMethod]
    public void Equals_SameStatesInAnyOrder_AreOneConfiguration()
    {
        var one = Configuration.FullyQuantized.Revert(4).Put(2, WeightsOnly).Revert(1).Put(7, Int16);
        var other = Configuration.FullyQuantized.Put(7, WeightsOnly).Put(7, Int16).Put(1, Int16).Revert(1).Revert([9, 4]).Restore(9).Put(2, WeightsOnly);
        Assert.AreEqual(one, other);
        Assert.AreEqual(one.GetHashCode(), other.GetHashCode());
        Assert.AreEqual("int8 but 1,2=weights only,4,7=int16 activations", one.ToString());
        Assert.AreEqual(one.ToString(), other.ToString());
        Assert.AreEqual(4, one.Changed);
    }

    [TestMethod]
    public void Equals_AnotherRungOrFloatInstead_AreDifferent()
    {
        var rung = Configuration.FullyQuantized.Put(2, WeightsOnly);
        Assert.AreNotEqual(rung, Configuration.FullyQuantized.Put(2, Int16));
        Assert.AreNotEqual(rung, Configuration.FullyQuantized.Put(3, WeightsOnly));
        Assert.AreNotEqual(rung, Configuration.FullyQuantized.Revert(2));
        Assert.AreNotEqual(rung, Configuration.FullyQuantized);
        Assert.AreNotEqual(Configuration.FullyQuantized, Configuration.Float);
    }

    [TestMethod]
    public void Restore_FromAnyState_IsPlainInt8()
    {
        Assert.AreEqual(Configuration.FullyQuantized, Configuration.FullyQuantized.Revert(3).Restore(3));
        Assert.AreEqual(Configuration.FullyQuantized, Configuration.FullyQuantized.Put(3, Int16).Restore(3));
        Assert.AreEqual("int8 but 3", Configuration.FullyQuantized.Put(3, Int16).Revert(3).ToString());
        Assert.AreEqual("int8", Configuration.FullyQuantized.ToString());
    }

    [TestMethod]
    public void Float_IsTheSameWhateverIsAsked()
    {
        Assert.AreEqual(Configuration.Float, Configuration.Float.Revert(1).Put(2, Int16).Restore(3));
        Assert.AreEqual("float", Configuration.Float.ToString());
    }
}
