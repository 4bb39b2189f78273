import type { Values } from './values.ts'
import { parseJaas, type JaasLogin } from './jaas.ts'
import { propertiesProblem } from './problem.ts'
import type { Material } from './tls.ts'

export interface PropertiesOAuth {
  readonly mechanism: 'OAUTHBEARER'
  readonly tokenEndpoint: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | undefined
  readonly extensions: Readonly<Record<string, string>>
  /** What the token endpoint is trusted by. */
  readonly trust: Material | undefined
  readonly isHeaderEncoded: boolean
  readonly at: string
}

export type PropertiesSasl =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
    }
  | PropertiesOAuth

const jaasKey = 'sasl.jaas.config'

const moduleOf = {
  PLAIN: 'PlainLoginModule',
  'SCRAM-SHA-256': 'ScramLoginModule',
  'SCRAM-SHA-512': 'ScramLoginModule',
  OAUTHBEARER: 'OAuthBearerLoginModule',
} as const

export function saslFrom(values: Values): PropertiesSasl {
  const mechanism = values.get('sasl.mechanism') ?? 'GSSAPI'
  if (!Object.hasOwn(moduleOf, mechanism)) {
    const what = mechanism === 'GSSAPI' ? 'GSSAPI (Kerberos, which Java takes when nothing is said)' : 'this mechanism'
    throw propertiesProblem(values.at('sasl.mechanism'), `sasl.mechanism: georep cannot do ${what}`, `use one of ${Object.keys(moduleOf).join(', ')}`) // prettier-ignore
  }
  const known = mechanism as keyof typeof moduleOf
  const login = loginOf(values, known)
  if (known === 'OAUTHBEARER') return oauthFrom(values, login)
  const handler = values.get('sasl.login.callback.handler.class')
  if (handler !== undefined) throw ownClass(values, 'sasl.login.callback.handler.class')
  return { mechanism: known, username: option(values, login, 'username'), password: option(values, login, 'password') }
}

function loginOf(values: Values, mechanism: keyof typeof moduleOf): JaasLogin {
  const text = values.get(jaasKey)
  const needed = moduleOf[mechanism]
  if (text === undefined) throw propertiesProblem(values.at('sasl.mechanism'), `"${jaasKey}" is missing`)
  // For printing only: what a provider holds is not looked up then.
  if (/^\$\{[^}]*\}$/.test(text)) return { module: needed, options: new Map(['username', 'password', 'clientId', 'clientSecret'].map((name) => [name, text])) } // prettier-ignore
  const login = parseJaas(text)
  if (login === undefined) {
    throw propertiesProblem(values.at(jaasKey), `${jaasKey}: expected one login module, such as: org.apache.kafka...${needed} required name="value";`) // prettier-ignore
  }
  if (login.module === needed) return login
  throw propertiesProblem(values.at(jaasKey), `${jaasKey}: ${mechanism} needs ${needed}, and there is another login module`) // prettier-ignore
}

function option(values: Values, { options }: JaasLogin, name: string): string {
  const found = options.get(name)
  if (found !== undefined && found !== '') return found
  throw propertiesProblem(values.at(jaasKey), `${jaasKey}: the option "${name}" is missing`)
}

const jwtPackage = 'org.apache.kafka.common.security.oauthbearer.'
const handlers = [`${jwtPackage}OAuthBearerLoginCallbackHandler`, `${jwtPackage}secured.OAuthBearerLoginCallbackHandler`] // prettier-ignore
const retrievers = [`${jwtPackage}ClientCredentialsJwtRetriever`, `${jwtPackage}DefaultJwtRetriever`]

/** The names of Kafka 4.1 and newer win over those in the JAAS text, as they do in Java. */
function oauthFrom(values: Values, login: JaasLogin): PropertiesOAuth {
  const { get, secret, at } = values
  for (const [key, known] of [
    ['sasl.login.callback.handler.class', handlers],
    ['sasl.oauthbearer.jwt.retriever.class', retrievers],
  ] as const) {
    // prettier-ignore
    if (!known.includes(get(key) ?? known[0] ?? '')) throw ownClass(values, key)
  }
  const tokenEndpoint = get('sasl.oauthbearer.token.endpoint.url')
  if (tokenEndpoint === undefined)
    throw propertiesProblem(at('sasl.mechanism'), '"sasl.oauthbearer.token.endpoint.url" is missing: georep gets its tokens by client credentials') // prettier-ignore
  const extensions = [...login.options].filter(([name]) => name.startsWith('extension_'))
  const trusted = login.options.get('ssl.truststore.location')
  return {
    mechanism: 'OAUTHBEARER',
    tokenEndpoint,
    clientId: get('sasl.oauthbearer.client.credentials.client.id') ?? option(values, login, 'clientId'),
    clientSecret: secret('sasl.oauthbearer.client.credentials.client.secret') ?? option(values, login, 'clientSecret'),
    scope: get('sasl.oauthbearer.scope') ?? login.options.get('scope'),
    extensions: Object.fromEntries(extensions.map(([name, value]) => [name.slice('extension_'.length), value])),
    trust: trusted === undefined ? undefined : { file: trusted, at: at(jaasKey) },
    isHeaderEncoded: get('sasl.oauthbearer.header.urlencode') === 'true',
    at: at('sasl.oauthbearer.token.endpoint.url'),
  }
}

function ownClass(values: Values, key: string): Error {
  return propertiesProblem(values.at(key), `${key}: georep cannot run a Java class`, 'give tls and sasl in georep.yaml')
}
