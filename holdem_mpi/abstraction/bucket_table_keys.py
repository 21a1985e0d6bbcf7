"""Which bucket tables an abstraction consists of."""

from holdem_mpi.abstraction import features
from holdem_mpi.abstraction import lossless_buckets as lossless
from holdem_mpi.abstraction.bucket_files import (
    PERCENTILE,
    TEXTURE,
    BucketTableKey,
)
from holdem_mpi.abstraction.kmeans_buckets import hands_of
from holdem_mpi.abstraction.kmeans_metrics import MAX_GROUND
from holdem_mpi.cards import NUM_CLASSES
from holdem_mpi.config.buckets import EXPECTED_BUCKETS, MAX_BUCKETS, too_few_for_textures, too_many_strengths
from holdem_mpi.errors import ConfigError


def keys_of(
    num_buckets_by_street: tuple[int, ...], final_street: int, methods: tuple[str, ...] = (), seed: int = 0
) -> tuple[BucketTableKey, ...]:
    """Keys of the tables from the flop on. methods: by street, preflop included; none: percentile or lossless.
    ConfigError on numbers and methods that cannot be.
    """
    check_buckets(num_buckets_by_street, final_street, methods)
    named = [PERCENTILE if method == "lossless" else method for method in methods or [PERCENTILE] * (final_street + 1)]
    keys = []
    for street in range(1, final_street + 1):
        buckets, method, name = num_buckets_by_street[street], named[street], features.STREET_NAMES[street]
        if method == "ochs_kmeans" and street != final_street:
            raise ConfigError(f"ochs_kmeans for the {name}: expected it on the game's last street alone")
        if method == "emd_kmeans" and street == final_street:
            raise ConfigError(f"emd_kmeans for the {name}: expected a street before the game's last")
        problem = too_few_for_textures(buckets, features.CARDS_OF_STREET[street]) if method == TEXTURE else ""
        if problem:
            raise ConfigError(f"--buckets: {name}: {problem}")
        whole = lossless.is_lossless(street, buckets)
        if method != PERCENTILE and whole:
            raise ConfigError(f"{method} for the {name}: expected at most {MAX_BUCKETS} buckets, got {buckets}")
        if methods and methods[street] == "lossless" and not whole:
            raise ConfigError(f"lossless for the {name}: expected {hands_of(street)} buckets, got {buckets}")
        further = method == "emd_kmeans" and street < final_street - 1
        if further and num_buckets_by_street[street + 1] > MAX_GROUND:
            after = f"{num_buckets_by_street[street + 1]} on the {features.STREET_NAMES[street + 1]}"
            raise ConfigError(f"emd_kmeans for the {name}: expected at most {MAX_GROUND} buckets after it, got {after}")
        after = (num_buckets_by_street[street + 1], named[street + 1]) if further else None
        keys.append(
            BucketTableKey(
                street=street,
                final_street=final_street,
                buckets=buckets,
                method=method,
                seed=0 if method in (PERCENTILE, TEXTURE) else seed,
                after=after,
            )
        )
    return tuple(keys)


def check_buckets(num_buckets_by_street: tuple[int, ...], final_street: int, methods: tuple[str, ...] = ()) -> None:
    """ConfigError unless there is a number for every street up to ``final_street``, 169 before the flop."""
    given = ",".join(map(str, num_buckets_by_street))
    if not 1 <= final_street <= 3 or len(num_buckets_by_street) != final_street + 1:
        raise ConfigError(
            f"--buckets {given}: {len(num_buckets_by_street)} numbers; expected one for each street of the game, 2 to 4"
        )
    if num_buckets_by_street[0] != NUM_CLASSES:
        raise ConfigError(f"--buckets {given}: {num_buckets_by_street[0]} before the flop; expected {NUM_CLASSES}")
    for street, buckets in list(enumerate(num_buckets_by_street))[1:]:
        if not 1 <= buckets <= MAX_BUCKETS and not lossless.is_lossless(street, buckets):
            name = features.STREET_NAMES[street]
            raise ConfigError(f"--buckets {given}: {buckets} for the {name}; {EXPECTED_BUCKETS}")
    problem = too_many_strengths(num_buckets_by_street, methods, features.CARDS_OF_STREET[final_street])
    if problem:
        raise ConfigError(f"--buckets {given}: {problem}")
