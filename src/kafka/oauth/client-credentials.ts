import { GeorepError, messageOf } from '../../core/errors.ts'
import type { Monotonic } from '../../core/time.ts'
import type { TokenSource } from '../settings.ts'
import { postForm, type FormAnswer } from './post-form.ts'
import { refusalFrom, tokenFrom } from './token-answer.ts'

export interface ClientCredentials {
  /** Of the cluster, for messages. */
  readonly cluster: string
  readonly tokenEndpoint: URL
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | undefined
  /** PEM; `undefined`: the public authorities. */
  readonly ca: string | undefined
  /** Whether id and secret are URL-encoded in the header, as RFC 6749 has it. Java clients do it only when told to. */
  readonly isHeaderEncoded: boolean
}

/** Java clients' `sasl.login.refresh.window.factor`: after this part of its life a token is replaced. */
const usedPart = 0.8

const timeoutMs = 10_000

/**
 * Tokens by OAuth 2.0 client credentials (RFC 6749, 4.4; KIP-768). One is kept until four fifths of its life are over; who asks while one is
 * being fetched waits for the same. A failure is not kept.
 *
 * Throws GR-TOKEN-ENDPOINT ("unreachable"), GR-TOKEN-REFUSED ("denied") or GR-TOKEN-ANSWER ("failed"), none with a secret in it.
 */
export class ClientCredentialTokens implements TokenSource {
  readonly #credentials: ClientCredentials
  readonly #monotonic: Monotonic
  #kept: { readonly value: string; readonly until: number } | undefined
  #fetching: Promise<string> | undefined

  constructor(credentials: ClientCredentials, { monotonic }: { readonly monotonic: Monotonic }) {
    this.#credentials = credentials
    this.#monotonic = monotonic
  }

  async token(): Promise<string> {
    if (this.#kept !== undefined && this.#monotonic() < this.#kept.until) return this.#kept.value
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined))
    return await this.#fetching
  }

  async #fetch(): Promise<string> {
    const askedAt = this.#monotonic()
    const { status, text } = await this.#ask()
    if (status === 400 || status === 401 || status === 403) throw this.#refused(status, refusalFrom(text))
    if (status >= 500 || status === 429) throw this.#noAnswer(`it answers with status ${status}`)
    const token = status === 200 ? tokenFrom(text) : undefined
    if (token === undefined) throw this.#noToken(status)
    this.#kept = { value: token.value, until: askedAt + token.lifetimeMs * usedPart }
    return token.value
  }

  async #ask(): Promise<FormAnswer> {
    const { tokenEndpoint, clientId, clientSecret, scope, ca, isHeaderEncoded } = this.#credentials
    const [user, password] = isHeaderEncoded ? [formEncoded(clientId), formEncoded(clientSecret)] : [clientId, clientSecret] // prettier-ignore
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) })
    const authorization = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`
    try {
      return await postForm({ url: tokenEndpoint, authorization, form, ca, signal: AbortSignal.timeout(timeoutMs) })
    } catch (cause) {
      const isLate = cause instanceof Error && cause.name === 'AbortError'
      throw this.#noAnswer(isLate ? `no answer within ${timeoutMs / 1000} s` : messageOf(cause), cause)
    }
  }

  get #endpoint(): string {
    const { cluster, tokenEndpoint } = this.#credentials
    return `the token endpoint of cluster "${cluster}", ${tokenEndpoint.origin}${tokenEndpoint.pathname},`
  }

  #noAnswer(why: string, cause?: unknown): GeorepError {
    return new GeorepError('unreachable', 'GR-TOKEN-ENDPOINT', `${this.#endpoint} gives no token: ${why}`, {
      next: 'check its address and, if its certificate has an authority of its own, the ca entry beside it in georep.yaml',
      cause,
    })
  }

  #refused(status: number, error: string | undefined): GeorepError {
    const why = error ?? `status ${status}`
    return new GeorepError('denied', 'GR-TOKEN-REFUSED', `${this.#endpoint} refuses a token: ${why}`, {
      next: 'check client id, client secret and scope',
    })
  }

  #noToken(status: number): GeorepError {
    const what = status === 200 ? 'an answer that is no bearer token' : `status ${status}`
    return new GeorepError('failed', 'GR-TOKEN-ANSWER', `${this.#endpoint} sent ${what}`, {
      next: 'check that the address is that of the token endpoint (RFC 6749, 3.2)',
    })
  }
}

/** As in a form: RFC 6749, 2.3.1. */
function formEncoded(text: string): string {
  return new URLSearchParams({ a: text }).toString().slice(2)
}
