namespace Kadeploy.Transfer.Tests.Line;

public sealed class PlaceTests
{
    private const int Self = 2, Members = 6, Epoch = 4;

    private static (Place Place, HelloStatus Answer) Ask(Place place, int caller, int epoch = Epoch, int server = Self, bool inLine = true, bool behind = false) =>
        place.Asked(caller, epoch, server, Self, Members, Epoch, inLine, behind);

    private static Place With(int successor) => Ask(Place.Vacant, successor).Place;

    [Theory]
    [InlineData(1, Epoch, Self, true, HelloStatus.Refused)]
    [InlineData(Self, Epoch, Self, true, HelloStatus.Refused)]
    [InlineData(Members, Epoch, Self, true, HelloStatus.Refused)]
    [InlineData(3, Epoch, 1, true, HelloStatus.Refused)]
    [InlineData(3, Epoch - 1, Self, true, HelloStatus.OldPlan)]
    [InlineData(3, Epoch + 1, Self, true, HelloStatus.NewPlan)]
    [InlineData(3, Epoch, Self, false, HelloStatus.NotInLine)]
    [InlineData(3, Epoch, Self, true, HelloStatus.Ok)]
    public void Asked_Vacant_FollowsTheRules(int caller, int epoch, int server, bool inLine, object expected)
    {
        var (place, answer) = Ask(Place.Vacant, caller, epoch, server, inLine);
        Assert.Equal((HelloStatus)expected, answer);
        Assert.Equal((HelloStatus)expected == HelloStatus.Ok ? caller : -1, place.Present);
    }

    [Fact]
    public void Asked_ByALaterOne_ItWinsAndTheEarlierOneDoesNotComeBack()
    {
        var (place, answer) = Ask(With(3), 4);
        Assert.Equal((4, HelloStatus.Ok), (place.Present, answer));
        Assert.Equal(HelloStatus.PassedOver, Ask(place, 3).Answer);
        Assert.Equal(HelloStatus.Ok, Ask(place.Vacated(), 3).Answer);
        Assert.Equal(HelloStatus.PassedOver, Ask(place.Vacated(), 3, behind: true).Answer);
    }

    [Theory]
    [InlineData(false, 3, HelloStatus.PassedOver)] // nobody was ever here: it comes late
    [InlineData(true, 3, HelloStatus.PassedOver)] // the former successor itself, started again
    [InlineData(true, 4, HelloStatus.Ok)] // brings all after the lost one
    public void Asked_FromFarBack_OnlyInTheSteadOfALostSuccessor(bool had3, int caller, object expected) =>
        Assert.Equal((HelloStatus)expected, Ask(had3 ? With(3).Vacated() : Place.Vacant, caller, behind: true).Answer);

    [Fact]
    public void Loses_BlamesOnlyTheOneThatWasPassedOver()
    {
        var place = With(3);
        Assert.Equal(VerdictCode.Frozen, place.Loses(5, accused: 3, VerdictCode.Frozen));
        Assert.Equal(VerdictCode.PassedOver, place.Loses(5, accused: 4, VerdictCode.Frozen));
        Assert.Equal(VerdictCode.Replanned, place.Loses(3, accused: 4, VerdictCode.Frozen));
        Assert.Equal(VerdictCode.None, place.Vacated().Loses(5, accused: 3, VerdictCode.Frozen));
    }

    [Fact]
    public void Expects_TheDeadAndThoseBefore_AreNotWaitedFor()
    {
        Assert.True(Place.Vacant.Expects(Self, Members, [3, 4]));
        Assert.False(Place.Vacant.Expects(Self, Members, [3, 4, 5]));
        Assert.False(With(5).Vacated().Expects(Self, Members, []));
        Assert.False(With(3).Done().Vacated().Expects(Self, Members, []));
    }
}
