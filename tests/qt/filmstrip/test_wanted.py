"""The list between the two threads: what is begun next, and what is given up."""

from __future__ import annotations

import threading

from vitviewer.qt.filmstrip.wanted import Order, Wanted
from vitviewer.queries import Background

PATIENCE_S = 60


def order(source: str, age: int = 0) -> Order:
    return Order(age, source, Background.WHITE)


def orders(names: str) -> list[Order]:
    return [order(name) for name in names]


def rest(wanted: Wanted) -> str:
    """Take all that is left."""
    taken = iter(wanted.take, None)
    return "".join(each.source for each in taken)


def test_the_newest_list_counts():
    wanted = Wanted()
    wanted.replace(orders("abc"))
    assert wanted.take() == order("a")
    wanted.replace(orders("xy"))
    assert rest(wanted) == "xy"


def test_what_is_in_the_making_goes_on_if_it_is_still_wanted():
    wanted = Wanted()
    wanted.replace(orders("abc"))
    wanted.take()
    wanted.replace(orders("cab"))
    assert not wanted.is_overtaken()
    assert rest(wanted) == "cb"


def test_it_is_given_up_if_it_is_not():
    wanted = Wanted()
    wanted.replace(orders("abc"))
    wanted.take()
    wanted.replace(orders("bc"))
    assert wanted.is_overtaken()
    wanted.take()
    assert not wanted.is_overtaken()


def test_one_of_an_older_set_is_another():
    wanted = Wanted()
    wanted.replace([order("a", age=0)])
    wanted.take()
    wanted.replace([order("a", age=1)])
    assert wanted.is_overtaken()
    assert wanted.take() == order("a", age=1)


def test_while_it_is_held_nothing_is_begun():
    wanted, taken = Wanted(), []
    wanted.replace(orders("a"))
    wanted.hold(True)
    thread = threading.Thread(target=lambda: taken.append(wanted.take()))
    thread.start()
    wanted.replace(orders("b"))
    assert thread.is_alive()
    wanted.hold(False)
    thread.join(PATIENCE_S)
    assert taken == [order("b")]


def test_whoever_waits_is_let_go_when_nothing_is_wanted():
    wanted, taken = Wanted(), []
    wanted.replace(orders("a"))
    wanted.hold(True)
    thread = threading.Thread(target=lambda: taken.append(wanted.take()))
    thread.start()
    wanted.replace([])
    thread.join(PATIENCE_S)
    assert taken == [None]


def test_what_is_in_the_making_stands_back_and_begins_anew():
    wanted = Wanted()
    wanted.replace(orders("ab"))
    wanted.take()
    wanted.hold(True)
    assert wanted.is_overtaken()
    wanted.hold(False)
    assert rest(wanted) == "ab"


def test_what_was_made_all_the_same_is_not_made_again():
    wanted = Wanted()
    wanted.replace(orders("ab"))
    wanted.take()
    wanted.hold(True)
    wanted.finish()
    wanted.hold(False)
    assert rest(wanted) == "b"


def test_what_was_given_up_and_is_wanted_once_more_is_made():
    wanted = Wanted()
    wanted.replace(orders("ab"))
    wanted.take()
    wanted.hold(True)
    assert wanted.is_overtaken()
    wanted.replace(orders("ab"))
    wanted.hold(False)
    wanted.give_up()
    assert rest(wanted) == "ab"
