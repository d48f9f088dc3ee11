// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Prints a layout line by line as {@code lfs getstripe -v} and {@code lfs getstripe -v -y} do, of
 * Lustre 2.17, quirks included (in the second one, some keys of the header are not indented).
 *
 * <p>Sizes and offsets of components are those that the ioctl gives. As the first OST of a released
 * component {@code lfs} prints leftovers of memory; this prints -1. Thread-safe.
 */
public final class LayoutText {
  /** What a layout belongs to. */
  public enum Kind {
    /** A file. */
    FILE,
    /** A directory with a default of its own. */
    DIRECTORY,
    /** A directory that has none: what is printed is the file system's default. */
    INHERITING
  }

  /**
   * What the lines say beside the layout.
   *
   * @param path the path as it is to be printed
   * @param fid the FID of the file or directory
   * @param kind what it is
   * @param mdt the index of its MDT
   * @param defaultStripeSize bytes, printed for a directory whose default leaves it open
   * @param zone the time zone of times
   */
  public record About(
      String path, Fid fid, Kind kind, int mdt, long defaultStripeSize, ZoneId zone) {}

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssxx", Locale.ROOT);

  private static final int COMPOSITE = 0x0bd60bd0;
  private static final int FOREIGN = 0x0bd70bd0;
  private static final int OBJECT_BYTES = 24;

  private final FileLayout layout;
  private final About about;
  private final Style style;
  private final StringBuilder out = new StringBuilder();

  private enum Style {
    TEXT,
    YAML
  }

  private LayoutText(FileLayout layout, About about, Style style) {
    this.layout = layout;
    this.about = about;
    this.style = style;
  }

  /** The lines of {@code lfs getstripe -v}, each with its end; an empty one at the end. */
  public static String verbose(FileLayout layout, About about) {
    return new LayoutText(layout, about, Style.TEXT).print();
  }

  /** The lines of {@code lfs getstripe -v -y}, each with its end. */
  public static String yaml(FileLayout layout, About about) {
    return new LayoutText(layout, about, Style.YAML).print();
  }

  /** The line for a file that has no layout yet. */
  public static String none(String path) {
    return path + " has no stripe info\n";
  }

  private boolean isText() {
    return style == Style.TEXT;
  }

  private String print() {
    if (layout.foreign().isPresent()) {
      foreign("", layout.foreign().get());
      line("", "");
      return out.toString();
    }
    if (about.kind() == Kind.INHERITING) {
      out.append("(Default) ");
    }
    if (isText()) {
      line("", about.path());
    }
    if (layout.form() == FileLayout.Form.PLAIN) {
      content("", layout.components().get(0));
      end();
    } else {
      composite();
    }
    return out.toString();
  }

  /** An empty line behind each component; the machine's form has none. */
  private void end() {
    if (isText()) {
      line("", "");
    }
  }

  private void composite() {
    List<FileComponent> components = layout.components();
    String rest = isText() ? "  " : "";
    line("", "composite_header:");
    field("  ", "lcm_magic:", 19, hex(COMPOSITE));
    int at = 32 + 48 * components.size();
    int size = at + components.stream().mapToInt(this::bytes).sum();
    field("  ", "lcm_size:", 19, String.valueOf(size));
    field("  ", "lcm_flags:", 19, isDirectory() ? "" : printedState());
    field(rest, "lcm_layout_gen:", 19, Integer.toUnsignedString(layout.generation()));
    field(rest, "lcm_mirror_count:", 19, String.valueOf(layout.mirrorCount()));
    field(rest, "lcm_entry_count:", 19, String.valueOf(components.size()));
    line("", "components:");
    for (FileComponent c : components) {
      component(c, at);
      at += bytes(c);
    }
  }

  private boolean isDirectory() {
    return about.kind() != Kind.FILE;
  }

  private String printedState() {
    String state =
        switch (layout.mirrorState()) {
          case NONE -> "";
          case READ_ONLY -> "ro";
          case WRITE_PENDING -> "wp";
          case SYNC_PENDING -> "sp";
        };
    int others = layout.flags() & ~3;
    if (others == 0) {
      return state.isEmpty() ? "0" : state;
    }
    return state + (state.isEmpty() ? "" : ",") + "0x" + Integer.toHexString(others);
  }

  /** The bytes that the ioctl has for a component: room for an object even where there is none. */
  private int bytes(FileComponent c) {
    if (!(c.content() instanceof Striping s)) {
      return 16 + ((ForeignLayout) c.content()).value().length;
    }
    int head = s.magic() == Striping.V1 ? 32 : 48;
    if (isDirectory() || s.isOnMdt()) {
      return head;
    }
    boolean hasAll = c.has(ComponentFlag.INIT) && s.stripeCount() >= 0;
    return head + OBJECT_BYTES * (hasAll ? s.stripeCount() : 1);
  }

  private void component(FileComponent c, int at) {
    boolean hasId = !isDirectory();
    String in = "    ";
    field("  - ", "lcme_id:", 21, hasId ? Integer.toUnsignedString(c.id()) : "N/A");
    field(in, "lcme_mirror_id:", 21, hasId ? String.valueOf(c.mirrorId()) : "N/A");
    field(in, "lcme_flags:", 21, ComponentFlag.print(c.flags()));
    if (c.has(ComponentFlag.NOSYNC) && c.time().isPresent()) {
      field(in, "lcme_timestamp:", 21, printed(c.time().get()));
    }
    field(in, "lcme_extent.e_start:", 21, offset(c.start()));
    field(in, "lcme_extent.e_end:", 21, offset(c.end()));
    if (isText()) {
      field(in, "lcme_offset:", 21, String.valueOf(at));
      field(in, "lcme_size:", 21, String.valueOf(bytes(c)));
    }
    line(in, "sub_layout:");
    content("      ", c);
    end();
  }

  private String printed(Instant time) {
    return isText()
        ? "'" + TIME.format(time.atZone(about.zone())) + "'"
        : String.valueOf(time.getEpochSecond());
  }

  private static String offset(long bytes) {
    return bytes == FileComponent.TO_EOF ? "EOF" : Long.toUnsignedString(bytes);
  }

  private void content(String in, FileComponent c) {
    if (!(c.content() instanceof Striping s)) {
      foreign(in, (ForeignLayout) c.content());
    } else if (isDirectory()) {
      template(in, s);
    } else {
      striping(in, c, s);
    }
  }

  /** A directory's default: one line for people, several for machines. */
  private void template(String in, Striping s) {
    field(in, "lmm_fid:", 19, fid(about.fid()));
    boolean isOne = isText();
    String gap = isOne ? in + " " : "\n" + in;
    out.append(in).append("stripe_count:  ").append(s.stripeCount());
    long size = s.stripeSize() == 0 ? about.defaultStripeSize() : s.stripeSize();
    out.append(gap).append("stripe_size:   ").append(size);
    out.append(gap).append("pattern:       ").append(s.printedPattern());
    out.append(gap).append("stripe_offset: ").append(s.offset());
    s.pool().ifPresent(pool -> out.append(gap).append("pool:          ").append(pool));
    out.append('\n');
  }

  private void striping(String in, FileComponent c, Striping s) {
    boolean isExtension = c.has(ComponentFlag.EXTENSION);
    Fid owner = about.fid();
    field(in, "lmm_magic:", 19, hex(s.magic()));
    field(in, "lmm_seq:", 19, "0x" + Long.toHexString(owner.sequence()));
    field(in, "lmm_object_id:", 19, "0x" + Integer.toHexString(owner.oid()));
    field(in, "lmm_fid:", 19, fid(owner));
    field(in, "lmm_stripe_count:", 19, String.valueOf(isExtension ? 0 : s.stripeCount()));
    if (isExtension) {
      field(in, "lmm_extension_size:", 20, String.valueOf(c.extensionSize()));
    } else {
      field(in, "lmm_stripe_size:", 19, String.valueOf(s.stripeSize()));
    }
    field(in, "lmm_pattern:", 19, s.printedPattern());
    field(in, "lmm_layout_gen:", 19, String.valueOf(generation(s)));
    if (s.isOnMdt()) {
      field(in, "lmm_mdt_index:", 19, String.valueOf(about.mdt()));
    } else {
      field(in, "lmm_stripe_offset:", 19, firstOst(s));
    }
    s.pool().ifPresent(pool -> field(in, "lmm_pool:", 19, pool));
    if (!s.objects().isEmpty()) {
      objects(in, s);
    }
  }

  private int generation(Striping s) {
    boolean isOfThis = layout.form() == FileLayout.Form.PLAIN || !s.objects().isEmpty();
    return isOfThis ? Math.max(0, s.offset()) : 0;
  }

  private static String firstOst(Striping s) {
    return s.objects().isEmpty() ? "-1" : Integer.toUnsignedString(s.objects().get(0).ost());
  }

  private void objects(String in, Striping s) {
    if (isText() && layout.form() == FileLayout.Form.PLAIN) {
      line("", "\tobdidx\t\t objid\t\t objid\t\t group");
      for (StripeObject o : s.objects()) {
        line(
            "",
            String.format(
                "\t%6s\t%14s\t%#13x\t%#14x",
                Integer.toUnsignedString(o.ost()),
                Long.toUnsignedString(o.objectId()),
                o.objectId(),
                o.group()));
      }
      return;
    }
    line(in, "lmm_objects:");
    int i = 0;
    for (StripeObject o : s.objects()) {
      String ost = Integer.toUnsignedString(o.ost());
      if (isText()) {
        line(
            "      ",
            String.format("- %3d: { l_ost_idx: %3s, l_fid: %s }", i++, ost, fid(o.fid())));
      } else {
        line("      ", "- l_ost_idx: " + ost);
        line("        ", "l_fid:     " + fid(o.fid()));
      }
    }
  }

  private void foreign(String in, ForeignLayout f) {
    field(in, "lfm_magic:", 19, hex(FOREIGN));
    field(in, "lfm_length:", 21, String.valueOf(f.value().length));
    field(in, "lfm_type:", 19, String.format("0x%08X (%s)", f.type(), f.typeName()));
    field(in, "lfm_flags:", 20, String.format("0x%08X", f.flags()));
    field(in, "lfm_value:", 15, "'" + f.text() + "'");
  }

  private String fid(Fid fid) {
    String text = fid.toString();
    return isText() ? text : text.substring(1, text.length() - 1);
  }

  private static String hex(int magic) {
    return String.format("0x%08X", magic);
  }

  private void field(String in, String key, int width, String value) {
    line(in, key + " ".repeat(Math.max(0, width - key.length())) + value);
  }

  private void line(String in, String text) {
    out.append(in).append(text).append('\n');
  }
}
