import { GeorepError } from '../../core/errors.ts'

/** `where` is `east.properties:4`. Messages never quote a value that may be secret. */
export function propertiesProblem(where: string, message: string, next?: string): GeorepError {
  return new GeorepError('config', 'GR-CONFIG-INVALID', `${where}: ${message}`, {
    next: next ?? 'correct the file, then: georep config validate',
  })
}
