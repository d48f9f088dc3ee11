// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.Extent;
import io.kmesh.lustre.FileAdvice;
import io.kmesh.lustre.FileHeat;
import io.kmesh.lustre.LeaseMode;
import io.kmesh.lustre.PccState;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import java.io.Closeable;
import java.io.IOException;

/**
 * What Lustre offers for open files of the binding's tree: locks, leases, advice, heat. Each call
 * is refused as UNSUPPORTED where its capability is missing. Thread-safe.
 */
public interface LustreOpenFiles {
  /** A lock that its holder gives up. */
  interface GroupLock extends Closeable {
    /** Gives the lock up; a second call does nothing. */
    @Override
    void close() throws IOException;
  }

  /** A lease on an open file. */
  interface Lease extends Closeable {
    /** Whether nobody has broken it. */
    boolean isHeld() throws IOException;

    /** Gives the lease up; a second call does nothing. */
    @Override
    void close() throws IOException;
  }

  private static ProviderException refused(String what, Object file, LustreCapability missing) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot "
            + what
            + " "
            + file
            + ": this file system has no "
            + missing
            + ". Ask its capabilities first.");
  }

  /**
   * Takes a group lock: all who name the same number read and write the file together, and nobody
   * else does. Waits for those who use it otherwise.
   *
   * @param group not 0
   */
  default GroupLock lockGroup(PosixFile file, int group) throws IOException {
    throw refused("lock", file, LustreCapability.GROUP_LOCK);
  }

  /**
   * Takes a lease.
   *
   * @throws ProviderException EBUSY when others use the file so that it would be broken at once
   */
  default Lease lease(PosixFile file, LeaseMode mode) throws IOException {
    throw refused("lease", file, LustreCapability.LEASE);
  }

  /** Tells the servers what a range of a file will be used for; they may do nothing about it. */
  default void advise(PosixFile file, FileAdvice advice, Extent range) throws IOException {
    throw refused("advise on", file, LustreCapability.ADVICE);
  }

  /** How much a file was used of late from this client. */
  default FileHeat heat(PosixFile file) throws IOException {
    throw refused("read the heat of", file, LustreCapability.HEAT);
  }

  /** Whether a file is cached on this client's own storage. */
  default PccState pccState(PosixFile file) throws IOException {
    throw refused("read the PCC state of", file, LustreCapability.PCC);
  }
}
