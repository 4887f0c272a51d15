import { types } from 'node:util';

/**
 * Jest runs tests in a realm of their own, in which the errors of Node's own modules are no `Error`; the SDK, which asks
 * with `instanceof`, would wrap them and lose their code. To be imported for its effect.
 */
const isInstance = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return isInstance.call(this as () => void, value) || (this === Error && types.isNativeError(value));
  },
});
