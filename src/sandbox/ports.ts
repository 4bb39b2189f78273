import { createServer, type Server } from 'node:net'
import { GeorepError } from '../core/errors.ts'

/**
 * Below the ports that systems hand to outgoing connections (Linux from 32768, macOS from 49152): a port of those may
 * become a client's own while its broker is down, and a client that retries a dead port of those can even connect to
 * itself.
 */
const lowest = 20_000
const highest = 32_000

/** Free ports of 127.0.0.1, all different. `random` answers numbers in [0, 1). */
export async function freePorts(count: number, random: () => number): Promise<readonly number[]> {
  const held: Server[] = []
  const ports: number[] = []
  try {
    for (let attempts = 0; ports.length < count; attempts++) {
      if (attempts > 50 * count) {
        throw new GeorepError('failed', 'GR-NO-PORT', `no free ports between ${lowest} and ${highest}`, {
          next: 'end what listens on so many ports of 127.0.0.1',
        })
      }
      const port = lowest + Math.floor(random() * (highest - lowest))
      const server = await listen(port)
      if (server === undefined) continue
      held.push(server)
      ports.push(port)
    }
    return ports
  } finally {
    await Promise.all(held.map(close))
  }
}

async function listen(port: number): Promise<Server | undefined> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(undefined)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve(server)
    })
  })
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
}
