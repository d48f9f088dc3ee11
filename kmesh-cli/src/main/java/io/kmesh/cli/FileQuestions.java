// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.HsmState;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.EnumSet;

/**
 * Asks about a file by its FID where this process may. Elsewhere, as lfs does, by opening it for
 * reading, which takes the right to read it. Neither restores anything.
 */
final class FileQuestions {
  private FileQuestions() {}

  @FunctionalInterface
  private interface OfFid<T> {
    T answer(Fid fid) throws IOException;
  }

  @FunctionalInterface
  private interface OfOpen<T> {
    T answer(PosixInode open) throws IOException;
  }

  static HsmState hsm(LustreMounts.Place place, Fid fid) throws IOException {
    return ask(place, fid, place.binding().hsm()::state, place.binding().hsm()::state);
  }

  static long dataVersion(LustreMounts.Place place, Fid fid) throws IOException {
    return ask(place, fid, place.binding().hsm()::dataVersion, place.binding().hsm()::dataVersion);
  }

  /** The whole layout; of a file that had to be opened perhaps without the ids of its objects. */
  static FileLayout layout(LustreMounts.Place place, Fid fid) throws IOException {
    return ask(
        place, fid, place.binding().layouts()::fileLayout, place.binding().layouts()::fileLayout);
  }

  private static <T> T ask(LustreMounts.Place place, Fid fid, OfFid<T> byFid, OfOpen<T> byOpening)
      throws IOException {
    if (place.binding().capabilities().contains(LustreCapability.OPEN_BY_FID)) {
      return byFid.answer(fid);
    }
    FileStat stat = place.binding().tree().stat(place.below());
    if (!stat.isRegular() && !stat.isDirectory()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot open "
              + place.below()
              + ": it is a "
              + Output.type(stat.type())
              + ", and others than files and directories are asked about by their FID. Run as"
              + " root.");
    }
    try (PosixInode open =
        stat.isDirectory()
            ? place.binding().tree().openDirectory(place.below())
            : place.binding().tree().openFile(place.below(), EnumSet.of(OpenFlag.READ))) {
      return byOpening.answer(open);
    }
  }
}
