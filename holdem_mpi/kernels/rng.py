"""Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

A stream is named by what it is for, never by the rank that draws from it: key = the seed's 64 bits, counter = (block,
iteration, lane | domain | player, batch). ``stream_words`` is injective within its limits, so no two
(batch, lane, iteration, updating player) share a stream.
"""

import numpy as np
from numba import njit

DOMAIN_DEAL = 0
DOMAIN_TRAVERSE = 1
DOMAIN_AVERAGE = 2
DOMAIN_PRUNE = 3
DOMAIN_LANE_DEAL = 4
DOMAIN_LBR = 5
DOMAIN_PHASE = 6
DOMAIN_CLUSTERS = 7
DOMAIN_FLOPS = 8
DOMAIN_SEARCH = 9
DOMAIN_SEARCH_TRANSLATION = 10
DOMAIN_RESPONSE = 11
DOMAIN_MATCH_DEAL = 12
DOMAIN_MATCH_ACTION = 13
DOMAIN_MATCH_TRANSLATION = 14
DOMAIN_BUCKET_DEALS = 15
MAX_LANES = 1 << 24
MAX_BATCHES = 1 << 32
MAX_ITERATIONS = 1 << 32

_U32 = np.uint64(0xFFFFFFFF)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_S32 = np.uint64(32)
_TO_UNIT = 2.0**-32


@njit(cache=True, _nrt=False, inline="always")
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox on four uint32 words under the key (k0, k1); all words are held in uint64."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _S32) ^ c1 ^ k0, p1 & _U32, (p0 >> _S32) ^ c3 ^ k1, p0 & _U32
        k0 = (k0 + _W0) & _U32
        k1 = (k1 + _W1) & _U32
    return c0, c1, c2, c3


@njit(cache=True, _nrt=False)
def stream_words(domain, batch, lane, iteration, player):
    """The three counter words of a stream, uint64 each below 2**32; the fourth, the first word, counts blocks.

    Injective for domain < 16, player < 16, lane < MAX_LANES, batch < MAX_BATCHES, iteration < MAX_ITERATIONS.
    """
    packed = (np.uint64(lane) << np.uint64(8)) | (np.uint64(domain) << np.uint64(4)) | np.uint64(player)
    return np.uint64(iteration), packed, np.uint64(batch)


@njit(cache=True, _nrt=False)
def open_stream(state, seed, domain, batch, lane, iteration, player):
    """Point ``state`` (uint64[10], changed in place) at the start of a stream.

    state: 0 block, 1..3 counter words, 4..5 key, 6..8 words not yet used, 9 how many of those.
    """
    c1, c2, c3 = stream_words(domain, batch, lane, iteration, player)
    state[0] = np.uint64(0)
    state[1] = c1
    state[2] = c2
    state[3] = c3
    state[4] = np.uint64(seed) & _U32
    state[5] = np.uint64(seed) >> _S32
    state[9] = np.uint64(0)


@njit(cache=True, _nrt=False)
def draw_word(state):
    """Next uniform uint32 of the stream, held in a uint64."""
    left = state[9]
    if left != np.uint64(0):
        state[9] = left - np.uint64(1)
        return state[np.uint64(5) + left]
    a, b, c, d = philox4x32(state[0], state[1], state[2], state[3], state[4], state[5])
    state[0] += np.uint64(1)
    state[6] = d
    state[7] = c
    state[8] = b
    state[9] = np.uint64(3)
    return a


@njit(cache=True, _nrt=False)
def draw_unit(state):
    """Next uniform float64 of the stream in the open interval (0, 1), in steps of 2**-32."""
    return (np.float64(draw_word(state)) + 0.5) * _TO_UNIT


@njit(cache=True, _nrt=False)
def draw_below(state, bound):
    """Uniform int64 in [0, bound), bound up to 2**20: Lemire's multiply-and-shift with rejection, so without bias."""
    limit = np.uint64(bound)
    product = draw_word(state) * limit
    low = product & _U32
    if low < limit:
        threshold = ((_U32 - limit) + np.uint64(1)) % limit
        while low < threshold:
            product = draw_word(state) * limit
            low = product & _U32
    return np.int64(product >> _S32)
