// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads options like those of {@code lfs setstripe}, once. Used by one thread. */
final class LayoutOptionParser {
  private static final int ALIGNMENT = 65_536;
  private static final int MOST_MIRRORS = 256;
  private static final int MOST_OSTS = 2000;

  private final List<String> options;
  private int at;
  private final List<FileComponent> done = new ArrayList<>();
  private int mirrors;

  /** Of the mirror that is read. */
  private final List<FileComponent> mirror = new ArrayList<>();

  private boolean hasMirrors;
  private int copies = 1;
  private int mirrorFlags;
  private boolean hasEnds;
  private Asked asked = new Asked(0, 0, null);

  private @Nullable String foreign;
  private @Nullable String xattr;

  /** What is asked for in one component. */
  private static final class Asked {
    private final long inheritedSize;
    private final int inheritedCount;
    private final @Nullable String inheritedPool;
    private long end = FileComponent.TO_EOF;
    private boolean hasEnd;
    private boolean isOnMdt;
    private boolean isOverstriped;
    private @Nullable Integer count;
    private @Nullable Long size;
    private int offset = -1;
    private @Nullable String pool;
    private boolean hasPool;
    private final List<Integer> osts = new ArrayList<>();
    private long extension;
    private int flags;
    private boolean hasAny;

    private Asked(long size, int count, @Nullable String pool) {
      this.inheritedSize = size;
      this.inheritedCount = count;
      this.inheritedPool = pool;
    }

    private long size() {
      return size != null ? size : inheritedSize;
    }

    private int count() {
      return count != null ? count : osts.isEmpty() ? inheritedCount : osts.size();
    }

    private @Nullable String pool() {
      return hasPool ? pool : inheritedPool;
    }

    /** What the next component begins with. */
    private Asked next() {
      int passed = count != null || osts.isEmpty() ? count() : inheritedCount;
      return isOnMdt
          ? new Asked(inheritedSize, inheritedCount, inheritedPool)
          : new Asked(size(), passed, pool());
    }
  }

  LayoutOptionParser(List<String> options) {
    this.options = List.copyOf(options);
  }

  FileLayout parse() {
    while (at < options.size()) {
      read(options.get(at++));
    }
    if (foreign != null) {
      return FileLayout.plain(foreignLayout(foreign));
    }
    endMirror();
    if (!hasMirrors && !hasEnds && mirrors == 1) {
      return plain();
    }
    int flags = mirrors > 1 ? 1 : 0;
    return new FileLayout(FileLayout.Form.COMPOSITE, 0, flags, mirrors, 0, done);
  }

  private FileLayout plain() {
    FileComponent only = done.get(0);
    if (done.size() > 1 || only.striping().filter(Striping::isOnMdt).isPresent()) {
      throw wrong("-z and -L mdt", "they need a component", "Give its end with -E.");
    }
    if (only.flags() != 0) {
      throw wrong("--flags", "a plain layout has none", "Give an end with -E, or -N.");
    }
    return FileLayout.plain(only.content());
  }

  private ForeignLayout foreignLayout(String type) {
    int code = ForeignLayout.typeOf(type);
    if (code < 0) {
      code = (int) number("--foreign", type, 0, 0xffff_ffffL);
    }
    String value = xattr;
    if (value == null || hasEnds || hasMirrors) {
      throw wrong("--foreign", "it goes with --xattr alone", "Give the value by --xattr=VALUE.");
    }
    return new ForeignLayout(code, mirrorFlags, value.getBytes(StandardCharsets.UTF_8));
  }

  private void read(String word) {
    if (word.startsWith("--")) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      option(name, equals < 0 ? null : word.substring(equals + 1));
    } else if (word.length() >= 2 && word.charAt(0) == '-') {
      option(word.substring(0, 2), word.length() == 2 ? null : word.substring(2));
    } else {
      throw wrong("\"" + word + "\"", "it is no option", "Give options like -c 2 alone.");
    }
  }

  private void option(String name, @Nullable String joined) {
    switch (name) {
      case "-E", "--component-end", "--comp-end" -> beginComponent(value(name, joined));
      case "-N", "--mirror-count" -> beginMirror(joined);
      case "-c", "--stripe-count" -> count(name, value(name, joined), -1, false);
      case "-C", "--overstripe-count" -> count(name, value(name, joined), -32, true);
      case "-S", "--stripe-size" -> stripeSize(name, value(name, joined));
      case "-i", "--stripe-index", "--offset" -> {
        String text = value(name, joined);
        asked.offset = (int) number(name, text, -1, 65_534);
        asked.hasAny = true;
      }
      case "-o", "--ost", "--ost-list" -> osts(name, value(name, joined));
      case "-p", "--pool" -> pool(name, value(name, joined));
      case "-L", "--layout" -> pattern(value(name, joined));
      case "-z", "--extension-size", "--ext-size" -> extension(name, value(name, joined));
      case "--flags", "--comp-flags" -> flags(name, value(name, joined));
      case "--foreign" -> foreign = joined == null ? "none" : joined;
      case "--xattr", "-x" -> xattr = value(name, joined);
      default ->
          throw wrong(
              name,
              "it is not known",
              "Known are -E -c -C -S -i -o -p -L -z -N --flags --foreign --xattr.");
    }
  }

  private String value(String name, @Nullable String joined) {
    if (joined != null) {
      return joined;
    }
    if (at == options.size()) {
      throw wrong(name, "its value is missing", "Give it behind the option.");
    }
    return options.get(at++);
  }

  private void beginComponent(String text) {
    if (asked.hasEnd) {
      endComponent();
    }
    boolean toEnd = text.equals("-1") || text.equalsIgnoreCase("eof");
    asked.end = toEnd ? FileComponent.TO_EOF : LayoutOptions.parseSize("-E", text);
    asked.hasEnd = true;
    asked.hasAny = true;
    hasEnds = true;
  }

  private void endComponent() {
    long start = mirror.isEmpty() ? 0 : mirror.get(mirror.size() - 1).end();
    if (start == FileComponent.TO_EOF || Long.compareUnsigned(asked.end, start) <= 0) {
      throw wrong(
          "-E " + Long.toUnsignedString(asked.end),
          "the component before it ends at "
              + (start == FileComponent.TO_EOF ? "the end of the file" : start),
          "Give ends that grow.");
    }
    int flags = asked.flags | mirrorFlags;
    Striping s = striping(start);
    if (asked.extension > 0) {
      if (asked.isOnMdt) {
        throw wrong("-z", "a component on the MDT doesn't extend itself", "Leave one out.");
      }
      mirror.addAll(Requests.extending(start, asked.end, flags, s, asked.extension));
    } else {
      mirror.add(FileComponent.request(start, asked.end, flags, s));
    }
    asked = asked.next();
  }

  private Striping striping(long start) {
    if (asked.isOnMdt) {
      return Striping.onMdt(asked.end - start);
    }
    int count = asked.count();
    if (!asked.osts.isEmpty() && count != asked.osts.size()) {
      throw wrong(
          "-o",
          "it names " + asked.osts.size() + " OSTs for a stripe count of " + count,
          "Name as many.");
    }
    return Striping.request(
        Striping.RAID0 | (asked.isOverstriped ? Striping.OVERSTRIPING : 0),
        asked.size(),
        count,
        asked.offset,
        asked.pool(),
        asked.osts);
  }

  private void beginMirror(@Nullable String count) {
    if (hasMirrors) {
      endMirror();
    } else if (asked.hasAny || !mirror.isEmpty()) {
      throw wrong("-N", "options stand before it", "Begin with -N when there are mirrors.");
    }
    hasMirrors = true;
    copies = count == null || count.isEmpty() ? 1 : (int) number("-N", count, 1, MOST_MIRRORS);
  }

  private void endMirror() {
    endComponent();
    if (mirrors + copies > MOST_MIRRORS) {
      throw wrong("-N", "there are more than " + MOST_MIRRORS + " mirrors", "Ask for fewer.");
    }
    for (int i = 0; i < copies; i++) {
      done.addAll(mirror);
    }
    mirrors += copies;
    mirror.clear();
    copies = 1;
    mirrorFlags = 0;
    asked = new Asked(0, 0, null);
  }

  private void count(String name, String text, int least, boolean isOverstriped) {
    asked.count = (int) number(name, text, least, 65_503);
    asked.isOverstriped = isOverstriped;
    asked.hasAny = true;
  }

  private void stripeSize(String name, String text) {
    long size = LayoutOptions.parseSize(name, text);
    if (size % ALIGNMENT != 0 || size >>> 32 != 0) {
      throw wrong(
          name + " " + text,
          "a stripe size is a multiple of 64 KiB below 4 GiB",
          "Take 0 for the default, or one such as 1M.");
    }
    asked.size = size;
    asked.hasAny = true;
  }

  private void osts(String name, String text) {
    asked.hasAny = true;
    for (String part : text.split(",", -1)) {
      int dash = part.indexOf('-', 1);
      String from = dash < 0 ? part : part.substring(0, dash);
      long first = number(name, from, 0, 65_534);
      long last = dash < 0 ? first : number(name, part.substring(dash + 1), first, 65_534);
      if (asked.osts.size() + last - first >= MOST_OSTS) {
        throw wrong(name, "it names more than " + MOST_OSTS + " OSTs", "Name fewer.");
      }
      for (long ost = first; ost <= last; ost++) {
        asked.osts.add((int) ost);
      }
    }
  }

  private void pool(String name, String text) {
    // lfs takes a pool with the name of its file system too.
    String pool = text.substring(text.indexOf('.') + 1);
    if (pool.getBytes(StandardCharsets.UTF_8).length > Striping.MOST_POOL_NAME) {
      throw wrong(
          name + " " + text, "a pool's name has at most 15 bytes", "Give one of lfs pool_list.");
    }
    asked.hasPool = true;
    asked.hasAny = true;
    asked.pool = pool.isEmpty() || pool.equals("none") ? null : pool;
  }

  private void pattern(String text) {
    switch (text) {
      case "mdt" -> asked.isOnMdt = true;
      case "raid0" -> asked.isOnMdt = false;
      default ->
          throw wrong("-L " + text, "such a pattern can't be asked for", "Take raid0 or mdt.");
    }
    asked.hasAny = true;
  }

  private void extension(String name, String text) {
    asked.extension = LayoutOptions.parseSize(name, text);
    asked.hasAny = true;
    if (asked.extension == 0
        || asked.extension % ALIGNMENT != 0
        || (asked.extension / 1024) >>> 32 != 0) {
      throw wrong(
          name + " " + text,
          "an extension is a multiple of 64 KiB below 4 TiB",
          "Take one such as 256M.");
    }
  }

  private void flags(String name, String text) {
    int flags = 0;
    for (String part : text.split(",", -1)) {
      flags |=
          ComponentFlag.of(part)
              .map(ComponentFlag::bits)
              .orElseGet(() -> (int) number(name, part, 0, 0xffff_ffffL));
    }
    if (asked.hasEnd) {
      asked.flags |= flags;
    } else {
      mirrorFlags |= flags;
    }
  }

  private static long number(String option, String text, long least, long most) {
    try {
      long value =
          text.startsWith("0x") ? Long.parseLong(text.substring(2), 16) : Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw wrong(
        option + " " + text, "it is no number from " + least + " to " + most, "Give such a one.");
  }

  private static IllegalArgumentException wrong(String option, String reason, String remedy) {
    return new IllegalArgumentException(
        "Cannot read the layout option " + option + ": " + reason + ". " + remedy);
  }
}
