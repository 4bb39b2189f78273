import { MalformedError } from './reader.ts'
import type { Type, ValueOf } from './schema.ts'

// What messages are made of that have no flexible version: lengths of fixed size, and no tagged fields. Kafka protocol guide, primitive types.

export const plainString: Type<string> = {
  write: (w, v) => {
    const bytes = Buffer.from(v, 'utf8')
    w.int16(bytes.length)
    w.bytes(bytes)
  },
  read: (r) => {
    const length = r.int16()
    if (length < 0) throw new MalformedError('a string is null where the protocol does not allow it')
    return r.bytes(length).toString('utf8')
  },
}

export function plainArray<T>(of: Type<T>): Type<readonly T[]> {
  return {
    write: (w, values) => {
      w.int32(values.length)
      for (const value of values) of.write(w, value)
    },
    read: (r) => {
      const length = r.int32()
      if (length < 0 || length > r.remaining) throw new MalformedError(`an array of ${length} in ${r.remaining} bytes`)
      return Array.from({ length }, () => of.read(r))
    },
  }
}

export function plainStruct<const F extends Readonly<Record<string, unknown>>>(
  fields: F,
): Type<{ readonly [K in keyof F]: ValueOf<F[K]> }> {
  const entries = Object.entries(fields as Readonly<Record<string, unknown>>) as [string, Type<unknown>][]
  return {
    write: (w, value) => {
      for (const [name, type] of entries) type.write(w, (value as Record<string, unknown>)[name])
    },
    read: (r) => Object.fromEntries(entries.map(([name, type]) => [name, type.read(r)])) as never,
  }
}
