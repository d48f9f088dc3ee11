// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.host.HostFiles;
import io.kmesh.lustre.jna.internal.host.LustreParameters;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.lustre.OnServerOnlyException;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The changelogs of all MDTs, read from their character devices. Thread-safe. */
final class JnaChangelogs implements LustreChangelogs {
  /** The system property that says {@code library} to read record by record by liblustreapi. */
  static final String READER_PROPERTY = "kmesh.lustre.changelogs";

  private static final Pattern USER = Pattern.compile("cl\\d{1,10}(?:-[^\\x00]*)?");

  /** More than any release gives a user; Lustre itself reads no more than the number. */
  private static final int MOST_USER = 255;

  private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\b.*");

  private final LustreMount mount;
  private final boolean hasLargeNids;

  JnaChangelogs(LustreMount mount) {
    this.mount = mount;
    this.hasLargeNids =
        mount.library().has(Ioctl.class)
            && knowsLargeNids(LustreParameters.ofMachine().kernelRelease().orElse(""));
  }

  /** From 2.16 on; kernels of releases that are not known are not asked. */
  static boolean knowsLargeNids(String kernelRelease) {
    Matcher m = RELEASE.matcher(kernelRelease);
    if (!m.matches()) {
      return false;
    }
    int major = Integer.parseInt(m.group(1));
    return major > 2 || (major == 2 && Integer.parseInt(m.group(2)) >= 16);
  }

  /** The name of an MDT, such as {@code lustre-MDT0000}. */
  private String nameOf(int mdt) {
    return String.format("%s-MDT%04x", mount.fileSystem(), mdt);
  }

  private String deviceOf(int mdt) {
    return "/dev/changelog-" + nameOf(mdt);
  }

  /** Whether this process may read the first MDT's; there is one always. */
  boolean canRead() {
    return HostFiles.isReadable(deviceOf(0));
  }

  @Override
  public ChangelogCursor open(int mdt, long fromIndex) throws IOException {
    return System.getProperty(READER_PROPERTY, "device").equals("library")
        ? LibraryCursor.open(mount, mdt, nameOf(mdt), fromIndex)
        : DeviceCursor.open(mdt, PathBytes.of(deviceOf(mdt)), fromIndex, hasLargeNids);
  }

  @Override
  public void clear(int mdt, String user, long upToIndex) throws IOException {
    String name = nameOf(mdt);
    String action = "clear up to " + upToIndex + " for the user " + user + " the changelog of";
    mount.library().require(ChangelogCalls.class, action, name);
    if (user.length() > MOST_USER || !USER.matcher(user).matches()) {
      throw LustreFailures.of(
          "clear the changelog of",
          name,
          Linux.EINVAL,
          "no user is called \""
              + (user.length() > MOST_USER ? user.substring(0, MOST_USER) + "..." : user)
              + "\"",
          "Name it as changelog_register printed it: cl and a number, and perhaps - and a name.");
    }
    try (NativeBuffer buffer = NativeBuffer.take()) {
      int r =
          ChangelogCalls.llapi_changelog_clear(
              CText.write(buffer, 0, PathBytes.of(name)),
              CText.write(buffer, 1024, PathBytes.of(user)),
              upToIndex);
      switch (-r) {
        case Linux.ENOENT ->
            throw LustreFailures.of(
                action,
                name,
                r,
                "no such user is registered (any more); an MDT removes one that cleared nothing for"
                    + " long",
                "Register it again, and look at the whole tree: what changed meanwhile is not in"
                    + " the log.");
        case Linux.EINVAL ->
            throw LustreFailures.of(
                action,
                name,
                r,
                "the index is behind the last record, or before what this user has cleared",
                "Clear what was read.");
        default -> LustreMount.check(r, action, name);
      }
    }
  }

  @Override
  public String register(int mdt, Optional<String> name) throws IOException {
    throw new OnServerOnlyException(
        "register a changelog user of " + nameOf(mdt),
        "lctl --device "
            + nameOf(mdt)
            + " changelog_register"
            + name.map(user -> " --user " + user).orElse(""));
  }
}
