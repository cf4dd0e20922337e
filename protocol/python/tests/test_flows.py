"""What is between two pages of one login, as values with a clock of the test."""
from usher._flows import Flow, Flows


def flow(source, deadline=100.0):
    return Flow(object(), "/", "", "/login", source, deadline)


def anybody(_):
    return True


def test_a_source_that_opens_many_pages_loses_its_own():
    flows = Flows(3)
    other, first, second, third = flow("192.0.2.1"), flow("192.0.2.7"), flow("192.0.2.7"), flow("192.0.2.7")
    assert flows.insert("other", other, 0) == flows.insert("1", first, 0) == flows.insert("2", second, 0) == []
    assert flows.insert("3", third, 0) == [first]
    assert flows.insert("4", flow("192.0.2.7"), 0) == [second]
    assert flows.take("other", 1, anybody) is other and flows.take("1", 1, anybody) is None


def test_a_flow_is_taken_once_by_its_owner():
    flows = Flows(3)
    kept = flow("192.0.2.1")
    flows.insert("name", kept, 0)
    assert flows.take("name", 1, lambda found: found is not kept) is None
    assert flows.take("name", 1, anybody) is kept and flows.take("name", 1, anybody) is None


def test_a_flow_whose_time_is_over_is_gone_and_makes_room():
    flows = Flows(2)
    over, kept = flow("192.0.2.1", 10.0), flow("192.0.2.7")
    flows.insert("over", over, 0)
    assert flows.take("over", 10.0, anybody) is None
    assert flows.insert("kept", kept, 10.0) == [over]
    assert flows.insert("more", flow("192.0.2.7"), 10.0) == [] and flows.take("kept", 10.0, anybody) is kept
