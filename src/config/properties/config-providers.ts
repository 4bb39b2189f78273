import { dirname, isAbsolute, join, resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { readBytes } from '../read-file.ts'
import { parseJavaProperties, type Property } from './java-properties.ts'
import { propertiesProblem } from './problem.ts'

/** Kafka's `ConfigTransformer`: `${provider:path:key}` or `${provider:key}`. */
const variable = /\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}/g

const kinds: Readonly<Record<string, 'file' | 'directory' | 'env'>> = {
  'org.apache.kafka.common.config.provider.FileConfigProvider': 'file',
  'org.apache.kafka.common.config.provider.DirectoryConfigProvider': 'directory',
  'org.apache.kafka.common.config.provider.EnvVarConfigProvider': 'env',
}

export interface ProviderDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the properties file, for relative paths. */
  readonly file: string
}

/**
 * The value with its `${provider:path:key}` looked up. Kafka's own providers are known: file, directory and environment.
 *
 * @param where `east.properties:4`
 * @throws GR-CONFIG-INVALID for a provider that is not set up, or not known: Java would send the text as it stands, or run a class
 * @throws GR-CONFIG-REFERENCE for what is not there
 */
export async function lookedUp(
  { value }: Property,
  where: string,
  all: ReadonlyMap<string, Property>,
  deps: ProviderDeps,
): Promise<string> {
  let result = ''
  let from = 0
  for (const match of value.matchAll(variable)) {
    const [whole, provider = '', path = '', key = ''] = match
    result += value.slice(from, match.index) + (await one(provider, path, key, where, all, deps))
    from = match.index + whole.length
  }
  return result + value.slice(from)
}

async function one(
  provider: string,
  path: string,
  key: string,
  where: string,
  all: ReadonlyMap<string, Property>,
  deps: ProviderDeps,
): Promise<string> {
  const named = (all.get('config.providers')?.value ?? '').split(',').map((each) => each.trim())
  if (!named.includes(provider)) {
    throw propertiesProblem(where, 'a ${...} of a provider that "config.providers" does not name', 'name the provider in config.providers, as Java clients need it, too') // prettier-ignore
  }
  const className = all.get(`config.providers.${provider}.class`)?.value ?? ''
  const kind = Object.hasOwn(kinds, className) ? kinds[className] : undefined
  switch (kind) {
    case 'env':
      return known(deps.env[key], `environment variable "${key}" is not set`, where)
    case 'file': {
      const bytes = await readBytes(pathOf(path, deps), where)
      return known(
        parseJavaProperties(bytes.toString('latin1')).get(key)?.value,
        `"${path}" has no key "${key}"`,
        where,
      )
    }
    case 'directory': {
      if (/[/\\]/.test(key)) throw propertiesProblem(where, `"${key}" is not the name of a file in "${path}"`)
      return (await readBytes(join(pathOf(path, deps), key), where)).toString('utf8')
    }
    case undefined:
      throw propertiesProblem(where, `config provider "${provider}" is not one of Kafka's own (file, directory, environment)`, 'use one of those, or give tls and sasl in georep.yaml') // prettier-ignore
  }
}

function known(value: string | undefined, message: string, where: string): string {
  if (value !== undefined) return value
  throw new GeorepError('config', 'GR-CONFIG-REFERENCE', `${where}: ${message}`, {
    next: 'set it and run the same command again',
  })
}

function pathOf(path: string, { file }: ProviderDeps): string {
  return isAbsolute(path) ? path : resolve(dirname(file), path)
}
