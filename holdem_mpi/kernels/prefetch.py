"""A hint to the processor: this entry will be read soon. Traversals wait for memory more than for anything else."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload


@intrinsic
def _prefetch(typing_context, array, index):
    signature = types.void(array, index)

    def codegen(context, builder, signature, arguments):
        array_type = signature.args[0]
        structure = context.make_array(array_type)(context, builder, arguments[0])
        position = context.cast(builder, arguments[1], signature.args[1], types.uintp)
        pointer = cgutils.get_item_pointer(
            context, builder, array_type, structure, [position], wraparound=False, boundscheck=False
        )
        byte_pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte_pointer] + [ir.IntType(32)] * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        word = ir.IntType(32)
        # Read, keep in all levels of the cache, data.
        builder.call(function, [builder.bitcast(pointer, byte_pointer), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return signature, codegen


def prefetch(array, index):
    """Ask for ``array[index]`` (1-D, unsigned index within it) to be brought into the cache; changes nothing."""


@overload(prefetch, inline="always")
def _prefetch_overload(array, index):
    return lambda array, index: _prefetch(array, index)
