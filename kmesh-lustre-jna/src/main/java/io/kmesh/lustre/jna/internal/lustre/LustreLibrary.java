// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.kmesh.lustre.jna.internal.Failures;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.NativeLibc;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * liblustreapi, loaded once. Its functions are bound group by group, each a class of native methods
 * with the functions' own names: a release that lacks one loses that group and no other.
 *
 * <p>Every pointer is an address in a {@code long}, as are {@code size_t} and the 64-bit masks.
 */
public final class LustreLibrary {
  /** The system property that names another library, by its name or path. */
  public static final String LIBRARY_PROPERTY = "kmesh.lustre.library";

  private static final String SONAME = "liblustreapi.so.1";

  /** All groups; what one needs is found or it is off. */
  private static final List<Class<?>> GROUPS =
      List.of(
          MountCalls.class,
          IdentityCalls.class,
          UsageCalls.class,
          PoolCalls.class,
          HsmCalls.class,
          ImportCalls.class,
          CopytoolCalls.class,
          AgentCalls.class,
          LayoutCalls.class,
          MigrateCalls.class,
          LeaseCalls.class,
          MirrorCalls.class,
          ChangelogCalls.class,
          ChangelogReadCalls.class,
          QuotaCalls.class,
          GroupLockCalls.class,
          AdviceCalls.class,
          HeatCalls.class,
          PccCalls.class,
          MessageCalls.class,
          VersionCalls.class,
          Ioctl.class);

  private static final @Nullable LustreLibrary LOADED;
  private static final String WHY_NOT;

  static {
    LustreLibrary loaded = null;
    String whyNot = "";
    try {
      loaded = load();
    } catch (LinkageError | RuntimeException e) {
      whyNot = reason(e);
    }
    LOADED = loaded;
    WHY_NOT = whyNot;
  }

  /** All groups of functions, found or not. */
  static List<Class<?>> groups() {
    return GROUPS;
  }

  private final String file;
  private final Map<String, List<String>> missing;
  private final String release;

  private LustreLibrary(String file, Map<String, List<String>> missing, String release) {
    this.file = file;
    this.missing = missing;
    this.release = release;
  }

  /** What the system said; JNA adds where else it looked, with the whole class path. */
  private static String reason(Throwable e) {
    for (Throwable attempt : e.getSuppressed()) {
      if (attempt instanceof UnsatisfiedLinkError && attempt.getMessage() != null) {
        return attempt.getMessage().strip();
      }
    }
    return String.valueOf(e.getMessage()).strip();
  }

  private static LustreLibrary load() {
    Optional<String> libc = NativeLibc.whyUnusable();
    if (libc.isPresent()) {
      throw new UnsupportedOperationException(libc.get());
    }
    return load(System.getProperty(LIBRARY_PROPERTY, SONAME));
  }

  /**
   * Loads a library by its name or path.
   *
   * @throws UnsatisfiedLinkError when there is none that can be loaded
   * @throws UnsupportedOperationException when it is another one than liblustreapi
   */
  static LustreLibrary load(String name) {
    NativeLibrary library = NativeLibrary.getInstance(name);
    boolean isAnother =
        GROUPS.stream()
            .filter(group -> group != Ioctl.class)
            .flatMap(group -> functions(group).stream())
            .noneMatch(function -> has(library, function));
    if (isAnother) {
      throw new UnsupportedOperationException(
          name + " is another library than liblustreapi: it has none of its functions");
    }
    Map<String, List<String>> missing = new TreeMap<>();
    for (Class<?> group : GROUPS) {
      List<String> absent = bind(group, library);
      if (!absent.isEmpty()) {
        missing.put(group.getSimpleName(), absent);
      }
    }
    if (!missing.containsKey(MessageCalls.class.getSimpleName())) {
      // A library prints nothing: what its functions return is told by exceptions.
      MessageCalls.llapi_msg_set_level(0);
    }
    String release =
        missing.containsKey(VersionCalls.class.getSimpleName()) ? "" : releaseOfLibrary();
    Object found = library.getFile();
    return new LustreLibrary(found == null ? name : String.valueOf(found), missing, release);
  }

  /** Binds a group, when all its functions are there. */
  private static List<String> bind(Class<?> group, NativeLibrary library) {
    List<String> absent = new ArrayList<>(functions(group));
    absent.removeIf(function -> has(library, function));
    Collections.sort(absent);
    if (absent.isEmpty()) {
      Native.register(group, library);
    }
    return absent;
  }

  private static List<String> functions(Class<?> group) {
    List<String> names = new ArrayList<>();
    for (Method method : group.getDeclaredMethods()) {
      if (Modifier.isNative(method.getModifiers())) {
        names.add(method.getName());
      }
    }
    return names;
  }

  private static boolean has(NativeLibrary library, String symbol) {
    try {
      library.getGlobalVariableAddress(symbol);
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  private static String releaseOfLibrary() {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().put(0, (byte) 0);
      int r = VersionCalls.llapi_get_version_string(buffer.address(), 128);
      return r < 0 ? "" : CText.read(buffer, 0, 128).toString();
    }
  }

  /** Why liblustreapi can't be used here; empty when it can. */
  public static Optional<String> whyUnusable() {
    return LOADED == null ? Optional.of(WHY_NOT) : Optional.empty();
  }

  /**
   * The library.
   *
   * @throws ProviderException UNSUPPORTED when it can't be loaded
   */
  public static LustreLibrary get() throws IOException {
    if (LOADED == null) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot use liblustreapi: "
              + WHY_NOT
              + ". Install the Lustre client (package lustre-client), or name the library by the"
              + " system property "
              + LIBRARY_PROPERTY
              + ".",
          null,
          Errno.ENOSYS,
          null,
          null);
    }
    return LOADED;
  }

  /** The file that was loaded, as far as it is known. */
  public String file() {
    return file;
  }

  /** The release that the library tells, such as {@code 2.15.8}; empty when it tells none. */
  public String release() {
    return release;
  }

  /** The functions that this release lacks, by the group that is off for it. */
  public Map<String, List<String>> missing() {
    return missing;
  }

  /** Whether all functions of a group are there. */
  boolean has(Class<?> group) {
    return !missing.containsKey(group.getSimpleName());
  }

  /**
   * Asks for a group before one of its functions is called.
   *
   * @throws ProviderException UNSUPPORTED, naming the functions that are missing
   */
  void require(Class<?> group, String action, Object object) throws IOException {
    List<String> absent = missing.get(group.getSimpleName());
    if (absent != null) {
      throw Failures.unsupported(
          action,
          object,
          Linux.ENOSYS,
          file + (release.isEmpty() ? "" : " of release " + release) + " has no " + absent,
          "Install a newer Lustre client.");
    }
  }

  @Override
  public String toString() {
    return file + (release.isEmpty() ? "" : " (" + release + ")");
  }
}
