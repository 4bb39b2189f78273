import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import type { Message } from '../../src/kafka/wire/message.ts'

const folder = join(import.meta.dirname, '../../src/kafka/wire/messages')
const file = join(folder, 'golden.json')

/** One request that a real broker took and the answer that it gave, in the bytes that were on the wire. */
export interface GoldenExchange {
  readonly message: string
  readonly version: number
  readonly request: GoldenBytes
  readonly response: GoldenBytes
}

/** `hex` begins behind the client id of a request, and behind the correlation id of a response: with the header's tag section. */
export interface GoldenBytes {
  /** In the form of `plainFrom`. */
  readonly value: unknown
  readonly hex: string
}

export function readGolden(): readonly GoldenExchange[] {
  return JSON.parse(readFileSync(file, 'utf8')) as readonly GoldenExchange[]
}

export async function writeGolden(exchanges: readonly GoldenExchange[]): Promise<void> {
  await writeJson(file, exchanges)
}

/** Formatted as the rest of the repository is. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  writeFileSync(path, await format(JSON.stringify(value), { parser: 'json', printWidth: 120 }))
}

/** Every message that the folder declares, by name. */
export async function declaredMessages(): Promise<ReadonlyMap<string, Message<unknown, unknown>>> {
  const messages = new Map<string, Message<unknown, unknown>>()
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.ts'))) {
    const module = (await import(join(folder, name))) as Record<string, unknown>
    const declared = Object.values(module).filter(isMessage)
    if (declared.length === 0) throw new Error(`"${name}" declares no message`)
    for (const one of declared) messages.set(one.name, one)
  }
  return messages
}

function isMessage(value: unknown): value is Message<unknown, unknown> {
  return typeof value === 'object' && value !== null && 'apiKey' in value && 'response' in value
}

/** A value as JSON can hold it: 7n as "7n", bytes as "hex:…". Both forms lead back without a doubt. */
export function plainFrom(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value.toString()}n`
  if (Buffer.isBuffer(value)) return `hex:${value.toString('hex')}`
  if (Array.isArray(value)) return value.map(plainFrom)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainFrom(inner)]))
}

export function valueFrom(plain: unknown): unknown {
  if (typeof plain === 'string') {
    if (/^-?\d+n$/.test(plain)) return BigInt(plain.slice(0, -1))
    return plain.startsWith('hex:') ? Buffer.from(plain.slice(4), 'hex') : plain
  }
  if (Array.isArray(plain)) return plain.map(valueFrom)
  if (typeof plain !== 'object' || plain === null) return plain
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, valueFrom(inner)]))
}
