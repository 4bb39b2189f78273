import { expect, it } from 'vitest'
import { markerFromText, markerOf, markOfEnvironment, markOfJvm, textOfMarker, unmarked } from './marker.ts'

const marker = { scope: 'ab12', sandbox: 'default', id: 'c0ffee', role: 'east-1' }

it('a marker is found in the arguments of a JVM and in the environment of any process', () => {
  expect(markerFromText(textOfMarker(marker))).toEqual(marker)
  expect(markerOf(['/usr/bin/java', '-Xmx1g', markOfJvm(marker), 'kafka.Kafka'], [])).toEqual(marker)
  const [[name, value] = ['', '']] = Object.entries(markOfEnvironment(marker))
  expect(markerOf(['node', 'georep'], ['PATH=/bin', `${name}=${value}`])).toEqual(marker)
  expect(unmarked({ PATH: '/bin', [name]: value })).toEqual({ PATH: '/bin', [name]: undefined })
})

it('someone who looks for the marker is not taken for a broker', () => {
  expect(markerOf(['grep', markOfJvm(marker)], [])).toBeUndefined()
  expect(markerOf(['vi', `/notes/${markOfJvm(marker)}`], [])).toBeUndefined()
})

it.each([
  '',
  'ab12/default/c0ffee',
  'ab12/default/c0ffee/east-1/more',
  'XY/default/c0ffee/east-1',
  'ab12/../c0ffee/east',
])('not a marker: %j', (text) => {
  expect(markerFromText(text)).toBeUndefined()
})
