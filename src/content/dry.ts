import type { ItemStore, Look } from "../contract/item-store.ts";
import type { Place, PlaceId, PlaceSpec } from "../model/item.ts";

const write = (): Promise<never> => Promise.reject(new Error("a plan writes nothing"));

/**
 * A destination that only pretends to be written to, so that a plan walks the way of a pass: folders made or renamed show in later looks,
 * edits do nothing.
 */
export function pretendWrites(store: ItemStore): ItemStore {
  const renamed = new Map<PlaceId, PlaceSpec>();
  let marks: Place["marks"] | undefined;
  const show = (place: Place): Place => ({ ...place, ...renamed.get(place.id) });
  let looked: Promise<Look> | undefined;
  /** One look is enough for a plan: what it pretends to change nobody else sees. */
  const look = async (options: Parameters<ItemStore["look"]>[0]): Promise<Look> => {
    looked ??= store.look({ ...options, room: true });
    const real = await looked;
    marks = real.marks;
    return { ...real, places: real.places.map(show) };
  };
  const { rename, subscribe } = store.place;
  return {
    ...store,
    look,
    write,
    ...(store.native === undefined ? {} : { native: { ...store.native, write } }),
    ...(store.edit === undefined ? {} : { edit: { acts: store.edit.acts, run: async () => [] } }),
    place: {
      create: async (spec, options) => {
        marks ??= (await look(options)).marks;
        return { ...spec, id: `new:${spec.path.join("/")}`, selectable: true, marks, neverRemoved: true };
      },
      ...(rename === undefined
        ? {}
        : {
            rename: async (id, spec, options) => {
              renamed.set(id, spec);
              const place = (await look(options)).places.find((one) => one.id === id);
              return place ?? { ...spec, id, selectable: true, marks: marks ?? "any", neverRemoved: false };
            },
          }),
      ...(subscribe === undefined ? {} : { subscribe: async () => {} }),
    },
  };
}
