"""WIDTH float64 numbers at once, as one value that the compiler keeps in vector registers.

A row is WIDTH adjacent numbers of a C-contiguous float64 array of any shape; rows are counted from the array's start.
Loops over a last axis of this length are what compilers unroll into scalar code; these operations are vectors by
construction, on whatever width the processor has. Nothing is reordered or contracted, so results are those of scalar
code, bit by bit. Without JIT a value is a small NumPy array.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

WIDTH = 16
# Rows start at multiples of this where ``aligned`` made the array: a row across two cache lines costs twice.
_ALIGNMENT = 64
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_BYTES = ir.VectorType(ir.IntType(8), WIDTH)
SINGLES = ir.VectorType(ir.FloatType(), WIDTH)


def aligned(*shape: int) -> np.ndarray:
    """float64 zeros of ``shape``, aligned to cache lines."""
    size = int(np.prod(shape, dtype=np.int64))
    raw = np.zeros(size + _ALIGNMENT // 8)
    start = -raw.ctypes.data % _ALIGNMENT // 8
    return raw[start : start + size].reshape(shape)


class _SimdType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Simd{WIDTH}")


_SIMD_TYPE = _SimdType()


@register_model(_SimdType)
class _SimdModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type) -> None:
        super().__init__(manager, numba_type, _VECTOR)


def _address(context, builder, array_type, array, row):
    """LLVM pointer to a row of WIDTH float64 numbers of an array."""
    data = context.make_array(array_type)(context, builder, array).data
    first = builder.gep(data, [builder.mul(row, ir.Constant(row.type, WIDTH))])
    return builder.bitcast(first, _VECTOR.as_pointer())


def _is_rows(array) -> bool:
    return isinstance(array, types.Array) and array.layout == "C" and array.dtype == types.float64


@intrinsic
def _load(typing_context, array, row):
    if not _is_rows(array):
        return None

    def codegen(context, builder, signature, arguments):
        return builder.load(_address(context, builder, signature.args[0], *arguments), align=8)

    return _SIMD_TYPE(array, types.uint64), codegen


@intrinsic
def _store(typing_context, array, row, value):
    if not _is_rows(array):
        return None

    def codegen(context, builder, signature, arguments):
        builder.store(arguments[2], _address(context, builder, signature.args[0], *arguments[:2]), align=8)
        return context.get_dummy_value()

    return types.void(array, types.uint64, _SIMD_TYPE), codegen


def _is_single_rows(array) -> bool:
    return isinstance(array, types.Array) and array.layout == "C" and array.dtype == types.float32


def single_address(context, builder, array_type, array, first):
    """LLVM pointer to the WIDTH float32 numbers of an array that begin with number ``first``."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [first]), SINGLES.as_pointer())


@intrinsic
def _load_single(typing_context, array, row):
    if not _is_single_rows(array):
        return None

    def codegen(context, builder, signature, arguments):
        array, row = arguments
        first = builder.mul(row, ir.Constant(row.type, WIDTH))
        found = builder.load(single_address(context, builder, signature.args[0], array, first), align=4)
        return builder.fpext(found, _VECTOR)

    return _SIMD_TYPE(array, types.uint64), codegen


@intrinsic
def _store_single(typing_context, array, row, value):
    if not _is_single_rows(array):
        return None

    def codegen(context, builder, signature, arguments):
        array, row, value = arguments
        first = builder.mul(row, ir.Constant(row.type, WIDTH))
        address = single_address(context, builder, signature.args[0], array, first)
        builder.store(builder.fptrunc(value, SINGLES), address, align=4)
        return context.get_dummy_value()

    return types.void(array, types.uint64, _SIMD_TYPE), codegen


@intrinsic
def _spread(typing_context, number):
    def codegen(context, builder, signature, arguments):
        one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), arguments[0], ir.Constant(ir.IntType(32), 0))
        places = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), places)

    return _SIMD_TYPE(types.float64), codegen


def _operation(build):
    """Intrinsic of two values that ``build(builder, a, b)`` makes an instruction of."""

    @intrinsic
    def operation(typing_context, first, second):
        def codegen(context, builder, signature, arguments):
            return build(builder, *arguments)

        return _SIMD_TYPE(_SIMD_TYPE, _SIMD_TYPE), codegen

    return operation


def _larger(builder, first, second):
    return builder.select(builder.fcmp_ordered(">", first, second), first, second)


def _is_marks(array) -> bool:
    return isinstance(array, types.Array) and array.layout == "C" and array.dtype == types.uint8


def _marks_address(context, builder, array_type, array, row):
    """LLVM pointer to a row of WIDTH bytes of an array of marks."""
    data = context.make_array(array_type)(context, builder, array).data
    first = builder.gep(data, [builder.mul(row, ir.Constant(row.type, WIDTH))])
    return builder.bitcast(first, _BYTES.as_pointer())


def _same_mark(builder, mark):
    """LLVM vector that holds a mark (uint8) in every column."""
    one = builder.insert_element(ir.Constant(_BYTES, ir.Undefined), mark, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(_BYTES, ir.Undefined), places)


@intrinsic
def _keep_marked(typing_context, marks, row, mark, value):
    if not _is_marks(marks):
        return None

    def codegen(context, builder, signature, arguments):
        array, row, mark, value = arguments
        found = builder.load(_marks_address(context, builder, signature.args[0], array, row), align=1)
        same = builder.icmp_unsigned("==", found, _same_mark(builder, mark))
        return builder.select(same, value, ir.Constant(_VECTOR, [0.0] * WIDTH))

    return _SIMD_TYPE(marks, types.uint64, types.uint8, _SIMD_TYPE), codegen


@intrinsic
def _mark_larger(typing_context, marks, row, mark, first, second):
    if not _is_marks(marks):
        return None

    def codegen(context, builder, signature, arguments):
        array, row, mark, first, second = arguments
        address = _marks_address(context, builder, signature.args[0], array, row)
        larger = builder.fcmp_ordered(">", first, second)
        marked = builder.select(larger, _same_mark(builder, mark), builder.load(address, align=1))
        builder.store(marked, address, align=1)
        return context.get_dummy_value()

    return types.void(marks, types.uint64, types.uint8, _SIMD_TYPE, _SIMD_TYPE), codegen


if numba.config.DISABLE_JIT:

    def load(array, row):
        """float64[WIDTH], a copy of row ``row`` of an array of any shape."""
        return array.reshape(-1, WIDTH)[int(row)].copy()

    def store(array, row, value):
        """Write ``value`` (float64[WIDTH]) to row ``row`` of an array of any shape."""
        array.reshape(-1, WIDTH)[int(row)] = value

    def load_single(array, row):
        """float64[WIDTH] of row ``row`` of a float32 array of any shape."""
        return array.reshape(-1, WIDTH)[int(row)].astype(np.float64)

    def store_single(array, row, value):
        """Write ``value`` (float64[WIDTH]), rounded, to row ``row`` of a float32 array of any shape."""
        array.reshape(-1, WIDTH)[int(row)] = value

    def spread(number):
        """float64[WIDTH], ``number`` in every column."""
        return np.full(WIDTH, number)

    def keep_marked(marks, row, mark, value):
        """``value`` in the columns whose byte in a row of ``marks`` (uint8) is ``mark``, 0 in the others."""
        return np.where(marks.reshape(-1, WIDTH)[int(row)] == mark, value, 0.0)

    def mark_larger(marks, row, mark, first, second):
        """Write ``mark`` to a row of ``marks`` (uint8) in the columns where ``first`` is larger than ``second``."""
        marks.reshape(-1, WIDTH)[int(row)][first > second] = mark

    add, subtract, multiply, larger = np.add, np.subtract, np.multiply, np.maximum
else:
    load, store, spread = _load, _store, _spread
    load_single, store_single = _load_single, _store_single
    keep_marked, mark_larger = _keep_marked, _mark_larger
    add = _operation(lambda builder, a, b: builder.fadd(a, b))
    subtract = _operation(lambda builder, a, b: builder.fsub(a, b))
    multiply = _operation(lambda builder, a, b: builder.fmul(a, b))
    larger = _operation(_larger)
