import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** More than any token needs. */
const maxBytes = 262_144

export interface FormAnswer {
  readonly status: number
  readonly text: string
}

export interface FormRequest {
  readonly url: URL
  readonly authorization: string
  readonly form: URLSearchParams
  /** PEM; `undefined`: the public authorities. */
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

/** Posts a form, follows no redirection: the credentials are for this address alone. Rejects when no answer comes, or one without an end. */
export async function postForm({ url, authorization, form, ca, signal }: FormRequest): Promise<FormAnswer> {
  const body = form.toString()
  const options = {
    method: 'POST',
    headers: {
      authorization,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
    },
    agent: false,
    signal,
  } as const
  return await new Promise<FormAnswer>((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps(url, { ...options, ...(ca === undefined ? {} : { ca }) }) : requestHttp(url, options) // prettier-ignore
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('error', reject)
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > maxBytes) response.destroy(new Error(`the answer is longer than ${maxBytes} characters`))
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text })
      })
    })
    request.end(body)
  })
}
