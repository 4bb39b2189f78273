import { expect, it } from 'vitest'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import { requireSame } from './plan-link.ts'

it('a link is carried by the same Kafka Connect however its URL is written', () => {
  const link = mm2Link('https://connect-west:8083/kc/')
  for (const url of ['https://connect-west:8083/kc', 'https://Connect-West:8083/kc/']) {
    expect(() => { requireSame(link, { url }, { naming: 'identity' }) }).not.toThrow() // prettier-ignore
  }
  for (const url of ['https://connect-west:8083', 'http://connect-west:8083/kc/', 'https://connect-west/kc/']) {
    expect(() => { requireSame(link, { url }, { naming: 'identity' }) }).toThrow('carried by Kafka Connect at "https://connect-west:8083/kc/"') // prettier-ignore
  }
})
