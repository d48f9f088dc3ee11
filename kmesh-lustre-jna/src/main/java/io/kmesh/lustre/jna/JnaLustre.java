// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.jna.internal.lustre.JnaLustreBinding;
import io.kmesh.lustre.jna.internal.lustre.LustreLibrary;
import io.kmesh.lustre.jna.internal.lustre.MountPoints;
import io.kmesh.lustre.jna.internal.wire.LayoutDecoder;
import io.kmesh.lustre.jna.internal.wire.LayoutSource;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Mounted Lustre file systems by liblustreapi, from 2.12 to 2.17; named {@code jna}. Thread-safe.
 *
 * <p>The library is {@code liblustreapi.so.1} where the system finds it, or what the system
 * property {@value #LIBRARY_PROPERTY} names. Its functions are looked up one by one: a release that
 * lacks some has less capabilities.
 */
public final class JnaLustre implements LustreProvider {
  /** The system property that names another liblustreapi, by its name or path. */
  public static final String LIBRARY_PROPERTY = LustreLibrary.LIBRARY_PROPERTY;

  /** For {@link java.util.ServiceLoader}. */
  public JnaLustre() {}

  @Override
  public String name() {
    return "jna";
  }

  @Override
  public Optional<String> whyUnusable() {
    return LustreLibrary.whyUnusable();
  }

  @Override
  public LustreBinding open(Path mountPoint) throws IOException {
    LustreLibrary.get();
    Path real;
    try {
      // liblustreapi compares with the kernel's list of mounts, which knows no symbolic links.
      real = mountPoint.toRealPath();
    } catch (NoSuchFileException e) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot attach "
              + mountPoint
              + ": there is no such directory. Name the mount point of a Lustre client, as `mount"
              + " -t lustre` lists them.",
          e);
    }
    return JnaLustreBinding.open(PathBytes.absolute(real));
  }

  @Override
  public List<PathBytes> mountPoints() throws IOException {
    List<PathBytes> found = new ArrayList<>();
    for (MountPoints.Mount mount : MountPoints.all()) {
      found.add(mount.directory());
    }
    return found;
  }

  /**
   * The layout in the value of an xattr {@code lustre.lov} or {@code trusted.lov}, as a backup
   * holds it. Needs no library.
   *
   * @throws IOException of kind CORRUPT when the bytes are no layout, UNSUPPORTED for a form that
   *     this build doesn't know
   */
  public static FileLayout layout(byte[] xattr) throws IOException {
    return LayoutDecoder.decode(ByteBuffer.wrap(xattr), LayoutSource.XATTR);
  }

  /**
   * The file of the library that is used.
   *
   * @throws IOException of kind UNSUPPORTED when it can't be loaded
   */
  public static String libraryFile() throws IOException {
    return LustreLibrary.get().file();
  }

  /**
   * The release that the library tells, such as {@code 2.15.8}; empty when it tells none.
   *
   * @throws IOException of kind UNSUPPORTED when it can't be loaded
   */
  public static String libraryRelease() throws IOException {
    return LustreLibrary.get().release();
  }

  /**
   * The functions that this release lacks, by the group of functions that is off for it.
   *
   * @throws IOException of kind UNSUPPORTED when it can't be loaded
   */
  public static Map<String, List<String>> missingFunctions() throws IOException {
    return LustreLibrary.get().missing();
  }
}
