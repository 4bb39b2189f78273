declare const brand: unique symbol

/** A record offset. Always a bigint and never negative; "none yet" is `undefined`. */
export type Offset = bigint & { readonly [brand]: 'Offset' }

export function offset(value: bigint): Offset {
  if (value < 0n) throw new RangeError(`offset ${value.toString()} is negative`)
  return value as Offset
}

/** For values that a server sent, where a negative number stands for "none". */
export function offsetOrUndefined(value: bigint): Offset | undefined {
  return value < 0n ? undefined : (value as Offset)
}

export function minOffset(a: Offset, b: Offset): Offset {
  return a < b ? a : b
}
