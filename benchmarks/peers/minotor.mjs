// minotor: RAPTOR in TypeScript.
//
// It knows no minimum for a change at one stop, so 300 s are added to every arrival once the feed
// is loaded, and taken off the answer.

import { Query, Router, Time } from "minotor";
import { GtfsParser } from "minotor/parser";
import { answer, date, folder, version } from "./asked.mjs";

const CHANGE_S = 300;

async function load() {
  const noon = new Date(`${date}T12:00:00`);
  const { timetable, stopsIndex } = await new GtfsParser(`${folder}/feed.zip`).parse(noon);
  for (const route of timetable.routesAdjacency.values())
    for (const call of route.stopTimes)
      call.arrival = Time.fromSeconds(call.arrival.toSeconds() + CHANGE_S);
  return new Router(timetable, stopsIndex);
}

function ask(router, origin, destination, depart) {
  const query = new Query.Builder()
    .from(origin)
    .to(destination)
    .departureTime(Time.fromSeconds(depart))
    .maxTransfers(20)
    .build();
  const result = router.route(query);
  const route = result.bestRoute();
  return route ? result.arrivalAt(destination).time.toSeconds() - CHANGE_S : -1;
}

await answer(version("minotor"), load, ask);
