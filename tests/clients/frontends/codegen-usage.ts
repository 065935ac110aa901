// Type-checked, never run: what a frontend does with the generated types.
import type { CardFragment, CreateMutationVariables, ListingsQuery, WatchSubscription } from './types.ts';

export const variables: CreateMutationVariables = {
  input: { mlsNumber: 'N1', price: '525000.00', address: { city: 'Salem' } },
};

// @ts-expect-error: a number of bedrooms is no text
export const wrong: CreateMutationVariables = { input: { bedrooms: 'three' } };

export function cities({ listings }: ListingsQuery): (string | null)[] {
  return listings.nodes.map((card: CardFragment) => card.address?.city ?? null);
}

export const views = ({ metricsUpdates }: WatchSubscription): number => metricsUpdates.views;
