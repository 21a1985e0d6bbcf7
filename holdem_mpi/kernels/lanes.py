"""LANES float64 numbers at once, as one value that the compiler keeps in vector registers.

A row is LANES adjacent numbers of a C-contiguous float64 array of any shape; rows are counted from the array's start.
Loops over a last axis of this length are what compilers unroll into scalar code; these operations are vectors by
construction, on whatever width the processor has. Nothing is reordered or contracted, so results are those of scalar
code, bit by bit. Without JIT a value is a small NumPy array.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

LANES = 16
# Rows start at multiples of this where ``aligned`` made the array: a row across two cache lines costs twice.
_ALIGNMENT = 64
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)


def aligned(*shape: int) -> np.ndarray:
    """float64 zeros of ``shape``, aligned to cache lines."""
    size = int(np.prod(shape, dtype=np.int64))
    raw = np.zeros(size + _ALIGNMENT // 8)
    start = -raw.ctypes.data % _ALIGNMENT // 8
    return raw[start : start + size].reshape(shape)


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Lanes{LANES}")


_LANES_TYPE = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type) -> None:
        super().__init__(manager, numba_type, _VECTOR)


def _address(context, builder, array_type, array, row):
    """Pointer to a row."""
    data = context.make_array(array_type)(context, builder, array).data
    first = builder.gep(data, [builder.mul(row, ir.Constant(row.type, LANES))])
    return builder.bitcast(first, _VECTOR.as_pointer())


def _is_rows(array) -> bool:
    return isinstance(array, types.Array) and array.layout == "C" and array.dtype == types.float64


@intrinsic
def _load(typing_context, array, row):
    if not _is_rows(array):
        return None

    def codegen(context, builder, signature, arguments):
        return builder.load(_address(context, builder, signature.args[0], *arguments), align=8)

    return _LANES_TYPE(array, types.uint64), codegen


@intrinsic
def _store(typing_context, array, row, value):
    if not _is_rows(array):
        return None

    def codegen(context, builder, signature, arguments):
        builder.store(arguments[2], _address(context, builder, signature.args[0], *arguments[:2]), align=8)
        return context.get_dummy_value()

    return types.void(array, types.uint64, _LANES_TYPE), codegen


@intrinsic
def _spread(typing_context, number):
    def codegen(context, builder, signature, arguments):
        one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), arguments[0], ir.Constant(ir.IntType(32), 0))
        places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), places)

    return _LANES_TYPE(types.float64), codegen


def _operation(build):
    """Intrinsic of two values that ``build(builder, a, b)`` makes an instruction of."""

    @intrinsic
    def operation(typing_context, first, second):
        def codegen(context, builder, signature, arguments):
            return build(builder, *arguments)

        return _LANES_TYPE(_LANES_TYPE, _LANES_TYPE), codegen

    return operation


def _larger(builder, first, second):
    return builder.select(builder.fcmp_ordered(">", first, second), first, second)


if numba.config.DISABLE_JIT:

    def load(array, row):
        """Row of an array."""
        return array.reshape(-1, LANES)[int(row)].copy()

    def store(array, row, value):
        """Write a value to a row of an array."""
        array.reshape(-1, LANES)[int(row)] = value

    def spread(number):
        """A float64 in every lane."""
        return np.full(LANES, number)

    add, subtract, multiply, larger = np.add, np.subtract, np.multiply, np.maximum
else:
    load, store, spread = _load, _store, _spread
    add = _operation(lambda builder, a, b: builder.fadd(a, b))
    subtract = _operation(lambda builder, a, b: builder.fsub(a, b))
    multiply = _operation(lambda builder, a, b: builder.fmul(a, b))
    larger = _operation(_larger)
