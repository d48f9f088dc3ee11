// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Layouts as the options of {@code lfs setstripe} and {@code lfs mirror create}: {@code -E -c -C -S
 * -i -o -p -L -z -N --flags}, and {@code --foreign --xattr}.
 *
 * <p>What is printed reads back to the same request. As in {@code lfs}, stripe size, stripe count
 * and pool of a component hold for those behind it that don't give their own; what is printed gives
 * them all. {@code --flags} before the first {@code -E} of a mirror holds for all its components,
 * behind one for that alone. {@code -p none} asks for no pool. Thread-safe.
 */
public final class LayoutOptions {
  private static final String UNITS = "kmgtpe";
  private static final int ALIGNMENT = 65_536;

  private LayoutOptions() {}

  /**
   * The options that ask for a layout: those of {@code lfs mirror create} when it has mirrors, else
   * of {@code lfs setstripe}.
   *
   * @param layout a file's layout or a request: what is printed is its {@link
   *     FileLayout#asRequest()}
   * @throws IllegalArgumentException when no options ask for it: a gap between components, a
   *     pattern or a type of a newer release, a foreign value that is no text
   */
  public static List<String> print(FileLayout layout) {
    FileLayout asked = layout.asRequest();
    List<String> out = new ArrayList<>();
    if (asked.foreign().isPresent()) {
      printForeign(out, asked.foreign().get());
      return out;
    }
    if (asked.components().isEmpty()) {
      throw inexpressible("it has no component");
    }
    List<List<FileComponent>> mirrors = asked.mirrors();
    for (List<FileComponent> mirror : mirrors) {
      if (mirrors.size() > 1) {
        out.add("-N");
      }
      printMirror(out, mirror, asked.form());
    }
    return out;
  }

  private static void printForeign(List<String> out, ForeignLayout f) {
    String text = f.text();
    if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), f.value())) {
      throw inexpressible("its foreign value is no text");
    }
    out.add(
        "--foreign="
            + (f.typeName().equals("unknown")
                ? "0x" + Integer.toHexString(f.type())
                : f.typeName()));
    out.add("--flags=0x" + Integer.toHexString(f.flags()));
    out.add("--xattr=" + text);
  }

  private static void printMirror(
      List<String> out, List<FileComponent> mirror, FileLayout.Form form) {
    int common = mirror.get(0).flags() & ~ComponentFlag.EXTENSION.bits();
    boolean isCommon =
        common != 0
            && mirror.stream()
                .allMatch(c -> (c.flags() & ~ComponentFlag.EXTENSION.bits()) == common);
    if (isCommon) {
      out.add("--flags=" + ComponentFlag.print(common));
    }
    long expected = 0;
    String pool = null;
    for (int i = 0; i < mirror.size(); i++) {
      FileComponent c = mirror.get(i);
      FileComponent next = i + 1 < mirror.size() ? mirror.get(i + 1) : null;
      boolean extendsItself = next != null && next.has(ComponentFlag.EXTENSION);
      FileComponent last = extendsItself ? Objects.requireNonNull(next) : c;
      if (c.start() != expected || last.start() != (extendsItself ? c.end() : c.start())) {
        throw inexpressible("its components leave a gap at " + expected);
      }
      if (c.has(ComponentFlag.EXTENSION) || !(c.content() instanceof Striping s)) {
        throw inexpressible("a component is foreign, or extends none");
      }
      if (form == FileLayout.Form.COMPOSITE) {
        out.add("-E");
        out.add(last.end() == FileComponent.TO_EOF ? "eof" : size(last.end()));
      }
      if (!isCommon && c.flags() != 0) {
        out.add("--flags=" + ComponentFlag.print(c.flags()));
      }
      if (extendsItself) {
        out.add("-z");
        out.add(size(last.extensionSize()));
      }
      printStriping(out, s, pool);
      pool = s.isOnMdt() ? pool : s.poolOrNull();
      expected = last.end();
      i += extendsItself ? 1 : 0;
    }
  }

  private static void printStriping(List<String> out, Striping s, @Nullable String inherited) {
    if (s.pattern() == Striping.MDT) {
      out.add("-L");
      out.add("mdt");
      return;
    }
    if ((s.pattern() & ~Striping.OVERSTRIPING) != Striping.RAID0
        || s.stripeSize() % ALIGNMENT != 0) {
      throw inexpressible(
          "its pattern is " + s.printedPattern() + ", its stripe size " + s.stripeSize());
    }
    out.add((s.pattern() & Striping.OVERSTRIPING) != 0 ? "-C" : "-c");
    out.add(String.valueOf(s.stripeCount()));
    out.add("-S");
    out.add(size(s.stripeSize()));
    if (s.offset() >= 0) {
      out.add("-i");
      out.add(String.valueOf(s.offset()));
    }
    if (!s.objects().isEmpty()) {
      out.add("-o");
      out.add(
          String.join(
              ",", s.objects().stream().map(o -> Integer.toUnsignedString(o.ost())).toList()));
    }
    if (s.pool().isPresent() || inherited != null) {
      out.add("-p");
      out.add(s.pool().orElse("none"));
    }
  }

  /** A size with the largest unit that divides it: {@code 64k}, {@code 1M}. */
  private static String size(long bytes) {
    int unit = -1;
    long left = bytes;
    while (left != 0 && left % 1024 == 0 && unit < UNITS.length() - 1) {
      left /= 1024;
      unit++;
    }
    if (unit < 0) {
      return Long.toUnsignedString(bytes);
    }
    String letter = UNITS.substring(unit, unit + 1);
    return left + (unit == 0 ? letter : letter.toUpperCase(Locale.ROOT));
  }

  private static IllegalArgumentException inexpressible(String reason) {
    return new IllegalArgumentException(
        "Cannot print a layout as options: " + reason + ". Copy the layout's bytes instead.");
  }

  /**
   * The request that options make.
   *
   * @param options without the command and the path; a value may follow as its own word, or be
   *     joined ({@code -c2}, {@code --stripe-count=2})
   * @throws IllegalArgumentException for an option that is not known, a value that is none, or a
   *     combination that asks for nothing
   */
  public static FileLayout parse(List<String> options) {
    return new LayoutOptionParser(options).parse();
  }

  /**
   * Bytes of a size such as {@code 64k}, {@code 1M}, {@code 4096}; units are powers of 1024.
   *
   * @throws IllegalArgumentException when it is no size, or has more than 63 bits
   */
  static long parseSize(String option, String text) {
    String digits = text;
    long unit = 1;
    if (!text.isEmpty()) {
      int index = UNITS.indexOf(Character.toLowerCase(text.charAt(text.length() - 1)));
      if (index >= 0) {
        unit = 1L << (10 * (index + 1));
        digits = text.substring(0, text.length() - 1);
      }
    }
    try {
      long value = Long.parseLong(digits);
      if (value >= 0) {
        return Math.multiplyExact(value, unit);
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "Cannot read the size \""
            + text
            + "\" of "
            + option
            + ". Write bytes with or without a unit, such as 65536, 64k or 1M.");
  }
}
