import { basename, resolve } from 'node:path'
import { isHostPort } from '../host-port.ts'
import { readBytes } from '../read-file.ts'
import { isAboutSecurity, kindOfKey } from './keys.ts'
import { parseJavaProperties, PropertiesSyntaxError, type Property } from './java-properties.ts'
import { propertiesProblem } from './problem.ts'
import { saslFrom, type PropertiesSasl } from './sasl.ts'
import { tlsFrom, type PropertiesTls } from './tls.ts'
import type { Values } from './values.ts'

/** What a Java client's properties file says about how to connect. Stores are not read yet. */
export interface ClientProperties {
  /** Absolute. */
  readonly file: string
  /** Empty when it has no `bootstrap.servers`. */
  readonly bootstrap: readonly string[]
  readonly tls: PropertiesTls | undefined
  readonly sasl: PropertiesSasl | undefined
  /** Keys that mean nothing to georep. */
  readonly ignored: readonly string[]
}

/** That of UTF-8, as ISO 8859-1 has it. */
const mark = '\u00ef\u00bb\u00bf'

export type LookUp = (property: Property, where: string, all: ReadonlyMap<string, Property>) => Promise<string>

/**
 * Reads such a file.
 *
 * @param name as georep.yaml has it, relative to `folder`
 * @param at where georep.yaml names it
 * @param lookUp what becomes of a value; for printing, it is left as written
 * @throws GR-CONFIG-REFERENCE when it cannot be read, GR-CONFIG-INVALID for what georep cannot do as written
 */
export async function readClientProperties(
  name: string,
  { folder, at, lookUp }: { readonly folder: string; readonly at: string; readonly lookUp: LookUp },
): Promise<ClientProperties> {
  const file = resolve(folder, name)
  const all = parsed((await readBytes(file, at)).toString('latin1'), file)
  const where = (key: string): string => `${basename(file)}:${all.get(key)?.line ?? 1}`
  for (const key of all.keys()) {
    if (key.startsWith(mark) && isAboutSecurity(key.slice(mark.length))) throw propertiesProblem(where(key), 'the file begins with a byte order mark, which is a part of the first key, so that this has no effect', 'save the file without it') // prettier-ignore
    if (kindOfKey(key) !== 'unknown') continue
    throw propertiesProblem(where(key), `"${key}" is nothing that georep knows or can do`, 'remove it, or say what it means in the tls and sasl entries of georep.yaml') // prettier-ignore
  }
  const found = new Map<string, string>()
  for (const [key, property] of all) {
    if (isAboutSecurity(key) && kindOfKey(key) === 'used') found.set(key, await lookUp(property, where(key), all))
  }
  const textOf = (text: string | undefined): string | undefined => (text === '' ? undefined : text)
  const values: Values = {
    file,
    get: (key) => textOf(found.get(key)?.trim()),
    secret: (key) => textOf(found.get(key)),
    has: (key) => found.has(key),
    at: where,
  }
  const protocol = values.get('security.protocol')?.toUpperCase() ?? 'PLAINTEXT'
  if (!['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(protocol)) {
    throw propertiesProblem(where('security.protocol'), 'security.protocol: expected PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL') // prettier-ignore
  }
  return {
    file,
    bootstrap: bootstrapOf(values),
    tls: protocol.endsWith('SSL') ? tlsFrom(values) : undefined,
    sasl: protocol.startsWith('SASL') ? saslFrom(values) : undefined,
    ignored: [...all.keys()].filter((key) => kindOfKey(key) === 'ignored'),
  }
}

function parsed(text: string, file: string): ReadonlyMap<string, Property> {
  try {
    return parseJavaProperties(text)
  } catch (error) {
    if (error instanceof PropertiesSyntaxError)
      throw propertiesProblem(`${basename(file)}:${error.line}`, error.message)
    throw error
  }
}

function bootstrapOf({ get, at }: Values): readonly string[] {
  const addresses = (get('bootstrap.servers') ?? '')
    .split(',')
    .map((each) => each.trim().replace(/^[A-Za-z_]+:\/\//, ''))
    .filter((each) => each !== '')
  if (addresses.every((each) => isHostPort(each) || each.includes('${'))) return addresses
  throw propertiesProblem(at('bootstrap.servers'), 'bootstrap.servers: expected host:port, with commas between them')
}
