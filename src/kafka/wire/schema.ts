import { MalformedError, Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** How one value stands on the wire; one declaration serves both directions. Kafka protocol guide, flexible versions (KIP-482). */
export interface Type<T> {
  readonly write: (writer: Writer, value: T) => void
  readonly read: (reader: Reader) => T
}

export type ValueOf<S> = S extends Type<infer T> ? T : never

export const int8: Type<number> = { write: (w, v) => { w.int8(v) }, read: (r) => r.int8() } // prettier-ignore
export const int16: Type<number> = { write: (w, v) => { w.int16(v) }, read: (r) => r.int16() } // prettier-ignore
export const uint16: Type<number> = { write: (w, v) => { w.int16((v << 16) >> 16) }, read: (r) => r.int16() & 0xffff } // prettier-ignore
export const int32: Type<number> = { write: (w, v) => { w.int32(v) }, read: (r) => r.int32() } // prettier-ignore
export const int64: Type<bigint> = { write: (w, v) => { w.int64(v) }, read: (r) => r.int64() } // prettier-ignore
export const bool: Type<boolean> = { write: (w, v) => { w.int8(v ? 1 : 0) }, read: (r) => r.int8() !== 0 } // prettier-ignore

/** 32 lower-case hexadecimal digits. */
export const uuid: Type<string> = {
  write: (w, v) => {
    w.bytes(Buffer.from(v, 'hex'))
  },
  read: (r) => r.bytes(16).toString('hex'),
}
export const noUuid = '0'.repeat(32)

export const nullableBytes: Type<Buffer | null> = {
  write: (w, v) => {
    w.unsignedVarint(v === null ? 0 : v.length + 1)
    if (v !== null) w.bytes(v)
  },
  read: (r) => {
    const length = r.unsignedVarint()
    return length === 0 ? null : r.bytes(length - 1)
  },
}

export const nullableString: Type<string | null> = {
  write: (w, v) => {
    w.unsignedVarint(v === null ? 0 : Buffer.byteLength(v) + 1)
    if (v !== null) w.text(v)
  },
  read: (r) => {
    const length = r.unsignedVarint()
    return length === 0 ? null : r.text(length - 1)
  },
}

export const string: Type<string> = notNull(nullableString, 'string')

export function nullableArray<T>(of: Type<T>): Type<readonly T[] | null> {
  return {
    write: (w, values) => {
      w.unsignedVarint(values === null ? 0 : values.length + 1)
      for (const value of values ?? []) of.write(w, value)
    },
    read: (r) => {
      const length = r.unsignedVarint() - 1
      if (length < 0) return null
      // Every element takes a byte or more: a length beyond what is left must not allocate.
      if (length > r.remaining) throw new MalformedError(`an array of ${length} in ${r.remaining} bytes`)
      const values: T[] = []
      for (let left = length; left > 0; left--) values.push(of.read(r))
      return values
    },
  }
}

export function array<T>(of: Type<T>): Type<readonly T[]> {
  return notNull(nullableArray(of), 'array')
}

type Struct<F> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** Tag number to name and type: fields that a response may carry and that are looked at. */
type TaggedFields = Readonly<Record<number, { readonly name: string; readonly type: Pick<Type<unknown>, 'read'> }>>

/**
 * Fields in the order given, then the tagged fields: none is written; when read, those in `tagged` are kept under their names and the
 * others are skipped.
 */
export function struct<const F extends Readonly<Record<string, unknown>>, Tagged = unknown>(
  fields: F,
  tagged: TaggedFields = {},
): Type<Struct<F> & Tagged> {
  const entries = Object.entries(fields as Readonly<Record<string, unknown>>) as [string, Type<unknown>][]
  return {
    write: (w, value) => {
      for (const [name, type] of entries) type.write(w, (value as Record<string, unknown>)[name])
      w.unsignedVarint(0)
    },
    read: (r) => {
      const value: Record<string, unknown> = {}
      for (const [name, type] of entries) value[name] = type.read(r)
      for (let left = r.unsignedVarint(); left > 0; left--) {
        const known = tagged[r.unsignedVarint()]
        const bytes = r.bytes(r.unsignedVarint())
        if (known !== undefined) value[known.name] = known.type.read(new Reader(bytes))
      }
      return value as Struct<F> & Tagged
    },
  }
}

/** A byte says whether the struct is there. */
export function nullableStruct<T>(of: Type<T>): Type<T | null> {
  return {
    write: (w, value) => {
      w.int8(value === null ? -1 : 1)
      if (value !== null) of.write(w, value)
    },
    read: (r) => (r.int8() < 0 ? null : of.read(r)),
  }
}

export function skipTaggedFields(reader: Reader): void {
  for (let left = reader.unsignedVarint(); left > 0; left--) {
    reader.unsignedVarint()
    reader.bytes(reader.unsignedVarint())
  }
}

function notNull<T>(type: Type<T | null>, what: string): Type<T> {
  return {
    write: type.write,
    read: (r) => {
      const value = type.read(r)
      if (value === null) throw new MalformedError(`a ${what} is null where the protocol does not allow it`)
      return value
    },
  }
}
