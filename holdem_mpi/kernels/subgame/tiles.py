"""Blocks of WIDTH hands by WIDTH columns, turned: from rows by node to rows by hand, and back.

Turned in vector registers, by shuffles: number by number it takes longer than all sums over cards.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from holdem_mpi.kernels.simd import SINGLES, WIDTH, single_address

_INT = ir.IntType(64)


def _turned(builder, rows):
    """LLVM vectors, the columns of ``rows``: pairs of blocks change places, of 1, 2, 4 numbers and so on."""
    rows, step = list(rows), 1
    while step < WIDTH:
        for place in (place for place in range(WIDTH) if not place & step):
            above, below = rows[place], rows[place + step]
            columns = range(WIDTH)
            first = [column if not column & step else WIDTH + column - step for column in columns]
            second = [column + step if not column & step else WIDTH + column for column in columns]
            for target, mask in ((place, first), (place + step, second)):
                places = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), mask)
                rows[target] = builder.shuffle_vector(above, below, places)
        step *= 2
    return rows


def _numbers(context, builder, array_type, array, first):
    """LLVM values: WIDTH numbers of an array, from ``first`` on."""
    data = context.make_array(array_type)(context, builder, array).data
    return [builder.load(builder.gep(data, [builder.add(first, _INT(place))])) for place in range(WIDTH)]


def _is(array, dtype, dimensions) -> bool:
    return isinstance(array, types.Array) and array.layout == "C" and (array.dtype, array.ndim) == (dtype, dimensions)


@intrinsic
def _lay_tile(typing_context, source, rows, hand, target, column):
    if not (_is(source, types.float32, 2) and _is(rows, types.int64, 1) and _is(target, types.float32, 2)):
        return None

    def codegen(context, builder, signature, arguments):
        source, rows, hand, target, column = arguments
        row_of_source = builder.extract_value(context.make_array(signature.args[0])(context, builder, source).shape, 1)
        row_of_target = builder.extract_value(context.make_array(signature.args[3])(context, builder, target).shape, 1)
        found = []
        for row in _numbers(context, builder, signature.args[1], rows, _INT(0)):
            first = builder.add(builder.mul(row, row_of_source), hand)
            found.append(builder.load(single_address(context, builder, signature.args[0], source, first), align=4))
        for place, turned in enumerate(_turned(builder, found)):
            first = builder.add(builder.mul(builder.add(hand, _INT(place)), row_of_target), column)
            builder.store(turned, single_address(context, builder, signature.args[3], target, first), align=4)
        return context.get_dummy_value()

    return types.void(source, rows, types.uint64, target, types.uint64), codegen


@intrinsic
def _take_tile(typing_context, source, hand, column, target, rows, factors):
    known = _is(source, types.float32, 2) and _is(target, types.float32, 2)
    if not (known and _is(rows, types.int64, 1) and _is(factors, types.float32, 1)):
        return None

    def codegen(context, builder, signature, arguments):
        source, hand, column, target, rows, factors = arguments
        row_of_source = builder.extract_value(context.make_array(signature.args[0])(context, builder, source).shape, 1)
        row_of_target = builder.extract_value(context.make_array(signature.args[3])(context, builder, target).shape, 1)
        found = []
        for place in range(WIDTH):
            first = builder.add(builder.mul(builder.add(hand, _INT(place)), row_of_source), column)
            found.append(builder.load(single_address(context, builder, signature.args[0], source, first), align=4))
        all_rows = _numbers(context, builder, signature.args[4], rows, _INT(0))
        all_factors = _numbers(context, builder, signature.args[5], factors, _INT(0))
        nothing = ir.Constant(SINGLES, ir.Undefined)
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        for row, factor, turned in zip(all_rows, all_factors, _turned(builder, found)):
            one = builder.insert_element(nothing, factor, ir.Constant(ir.IntType(32), 0))
            product = builder.fmul(turned, builder.shuffle_vector(one, nothing, zeros))
            first = builder.add(builder.mul(row, row_of_target), hand)
            builder.store(product, single_address(context, builder, signature.args[3], target, first), align=4)
        return context.get_dummy_value()

    return types.void(source, types.uint64, types.uint64, target, rows, factors), codegen


if numba.config.DISABLE_JIT:

    def lay_tile(source, rows, hand, target, column):
        """Copy WIDTH hands, from ``hand`` on, of WIDTH rows of ``source`` (float32[row, hand]) to as many columns of
        ``target`` (float32[hand, column]) from ``column`` on. rows: int64[WIDTH].
        """
        hand, column = int(hand), int(column)
        target[hand : hand + WIDTH, column : column + WIDTH] = source[rows, hand : hand + WIDTH].T

    def take_tile(source, hand, column, target, rows, factors):
        """The way back: rows of ``target`` (float32[row, hand]) become columns of ``source``, times ``factors``
        (float32[WIDTH]). rows: int64[WIDTH]; of equal ones the last counts.
        """
        hand, column = int(hand), int(column)
        for place, row in enumerate(np.asarray(rows).tolist()):
            target[row, hand : hand + WIDTH] = source[hand : hand + WIDTH, column + place] * factors[place]
else:
    lay_tile, take_tile = _lay_tile, _take_tile
