"""Names: which are allowed, which are made up."""

from __future__ import annotations

from typing import Protocol

from prefect.exceptions import InvalidNameError

BANNED = "/%&><"

ADJECTIVES = (
    "agile amber ample apt azure bold brave breezy bright brisk calm candid chatty cheery civil clear clever cosy "
    "crisp curious dapper daring deft dewy droll eager early earnest easy elated epic fair fancy fast fleet fluent "
    "fond frank free fresh gentle giddy glad gleeful golden grand green happy hardy hazel hearty honest humble ideal "
    "jade jaunty jolly jovial keen kind large lilac limber lively loyal lucid lucky lunar mellow merry mighty mild "
    "mint modest neat nimble noble olive patient peachy placid plucky polite prime proud quick quiet rapid ready regal "
    "robust rosy ruby sage sandy serene sharp shiny silver sincere sleek snug solar spry steady still sunny swift tidy "
    "upbeat velvet vivid warm wily winged wise witty young zany zesty"
).split()
ANIMALS = (
    "albatross alpaca ant antelope badger bat bear beaver bee bison boar bobcat buffalo bull camel caribou cat cheetah "
    "cobra condor cougar coyote crab crane cricket crow curlew deer dingo dolphin donkey dove dragonfly duck eagle eel "
    "egret elk emu falcon ferret finch firefly flamingo fox frog gazelle gecko goat goose grouse gull hamster hare hawk "
    "hedgehog heron hornet horse hyena ibex ibis iguana jackal jaguar jay koala lark lemming lemur leopard lion lizard "
    "llama lobster lynx magpie mantis marmot marten mole moose moth mouse mule newt ocelot octopus okapi orca oriole "
    "osprey otter owl oyster panda panther parrot pelican penguin pigeon pike pony puffin puma quail rabbit raccoon ram "
    "raven robin salmon seal shark sheep shrew skylark sloth snail sparrow squid stork swan swift tapir tern tiger toad "
    "toucan trout turtle viper vole walrus wasp weasel whale wolf wombat wren yak zebra"
).split()


class Chooser(Protocol):
    def choice(self, seq: list[str], /) -> str: ...


def slug(random: Chooser) -> str:
    """An adjective and an animal: `brave-otter`."""
    return f"{random.choice(ADJECTIVES)}-{random.choice(ANIMALS)}"


def require_valid_name(name: str, what: str) -> str:
    """The name, if it holds none of `/ % & > <`. Raises `InvalidNameError`."""
    banned = sorted({character for character in name if character in BANNED})
    if banned:
        raise InvalidNameError(f"The {what} name {name!r} holds {' '.join(banned)}, which names may not hold ({BANNED}).")
    return name


def flow_name(function_name: str) -> str:
    """The name of a flow that was given none."""
    return "unknown-lambda" if function_name == "<lambda>" else function_name.replace("_", "-")
