import type { Cluster, SendOptions } from '../../src/kafka/cluster.ts'
import type { Message, MessageHead } from '../../src/kafka/wire/message.ts'

/** A request that a broker has got and not answered. */
export interface Held<Request = unknown, Response = unknown> {
  readonly nodeId: number
  readonly message: MessageHead
  readonly request: Request
  readonly options: SendOptions
  readonly answer: (response: Response) => void
  readonly fail: (error: Error) => void
}

/**
 * In the place of a cluster, where a fault has to come at a certain moment: each request that is sent is held until the test answers it. What a
 * broker does is looked at on real brokers, in test/cluster.
 */
export class FakeCluster {
  readonly name = 'fake'
  readonly held: Held[] = []
  readonly wait: Cluster['wait']

  constructor(wait: Cluster['wait']) {
    this.wait = wait
  }

  /** For what takes a `Cluster`. */
  get asCluster(): Cluster {
    return this as unknown as Cluster
  }

  async sendTo<Request, Response>(
    nodeId: number,
    message: Message<Request, Response>,
    request: Request,
    options: SendOptions,
  ): Promise<Response> {
    await Promise.resolve() // as the real one: it looks for the connection first
    options.signal.throwIfAborted()
    options.beforeWrite?.()
    return await new Promise<Response>((resolve, reject) => {
      const one: Held<Request, Response> = { nodeId, message, request, options, answer: resolve, fail: reject }
      this.held.push(one as Held)
      options.signal.addEventListener('abort', () => {
        reject(options.signal.reason as Error)
      })
    })
  }

  giveBack(): void {
    // It has no memory of its own.
  }

  /** The oldest request of that kind, which is the test's to answer from now on. */
  take<Request, Response>(message: Message<Request, Response>): Held<Request, Response> {
    const index = this.held.findIndex((one) => one.message === message)
    if (index < 0) throw new Error(`no ${message.name} request was sent`)
    return this.held.splice(index, 1)[0] as Held<Request, Response>
  }
}
