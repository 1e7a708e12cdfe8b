/**
 * Entry of the journeys' workflow bundle: the default export interprets every workflow type.
 * The SDK looks a type up as a plain property, so the exports have no prototype: otherwise a
 * journey called `constructor` would find Object's and "complete" without doing anything.
 */
const { runJourney } = require('./run-journey.ts');

module.exports = Object.assign(Object.create(null), { default: runJourney });
