// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import java.io.IOException;

/** The errors of this package, and reading errors of others. */
final class Refusals {
  private Refusals() {}

  static ProviderException of(Errno errno, String message) {
    return new ProviderException(errno, message);
  }

  static ProviderException noSuchFile(String verb, Fid fid) {
    return of(
        Errno.ENOENT,
        "Cannot "
            + verb
            + " "
            + fid
            + ": ENOENT, there is no such file. It was removed; forget it.");
  }

  static ProviderException coordinatorOff(String verb, int mdt) {
    return of(
        Errno.EAGAIN,
        "Cannot "
            + verb
            + ": EAGAIN, the coordinator of MDT"
            + mdt
            + " is off. Switch it on: lctl set_param mdt.*.hsm_control=enabled.");
  }

  static boolean is(IOException failure, Errno errno) {
    return failure instanceof ProviderException p && p.errno().filter(errno::equals).isPresent();
  }
}
