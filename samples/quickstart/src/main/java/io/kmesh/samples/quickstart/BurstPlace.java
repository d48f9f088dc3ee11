// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.util.List;

/**
 * Where the second site is.
 *
 * @param provider the cloud
 * @param zone its zone
 * @param country the country that the zone is in
 * @param cluster the cluster's name at that site
 * @param resource the cloud's own name of it
 */
record BurstPlace(String provider, String zone, String country, String cluster, String resource) {
  /** Of a run that had no second site. */
  static final BurstPlace NOWHERE = new BurstPlace("", "", "", "", "");

  /** As one line, read by {@link #of}: no name has a space in it. */
  String line() {
    return String.join(" ", provider, zone, country, cluster, resource);
  }

  /** Reads a line. */
  static BurstPlace of(String line) throws IOException {
    List<String> names = List.of(line.split(" ", -1));
    if (names.size() != 5) {
      throw new IOException("Cannot read where the second site is: it said \"" + line + "\".");
    }
    return new BurstPlace(names.get(0), names.get(1), names.get(2), names.get(3), names.get(4));
  }

  @Override
  public String toString() {
    return "cluster " + cluster + " (" + resource + ") in zone " + zone + " of the cloud "
        + provider + ", " + country;
  }
}
