// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The two ends of a translation, each a bucket and a prefix in it. Two prefixes of one bucket with
 * the same options are one store, which copies itself.
 */
final class TranslationEnds implements AutoCloseable {
  private static final Pattern BUCKET =
      Pattern.compile("([^:]+://[^/?#]+)(?:/[^?#]*)?(\\?.*)?", Pattern.DOTALL);

  private final ObjectStore source;
  private final String sourcePrefix;
  private final ObjectStore target;
  private final String targetPrefix;

  private TranslationEnds(
      ObjectStore source, String sourcePrefix, ObjectStore target, String targetPrefix) {
    this.source = source;
    this.sourcePrefix = sourcePrefix;
    this.target = target;
    this.targetPrefix = targetPrefix;
  }

  /** An end that is not open. */
  private record End(StoreLocation bucket, String prefix, Object identity) {
    static End of(String verb, String text) throws IOException, CommandFailure {
      StoreLocation whole = MirrorWork.location(verb, text);
      Path directory = whole.directory().orElse(null);
      if (directory != null) {
        return new End(whole, "", MirrorWork.real(directory));
      }
      Matcher matcher = BUCKET.matcher(text);
      if (!matcher.matches()) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot "
                + verb
                + " "
                + whole
                + ": its URL can't be read. Write"
                + " scheme://bucket/prefix.");
      }
      try {
        StoreUrl url = StoreUrl.parse(text);
        String options = matcher.group(2) == null ? "" : matcher.group(2);
        return new End(
            StoreLocation.parse(matcher.group(1) + options),
            url.prefix(),
            new StoreUrl(url.scheme(), url.bucket(), "", url.options()));
      } catch (ProviderException e) {
        throw new CommandFailure(ExitCode.USAGE, e);
      }
    }
  }

  /** Opens both; a directory that is the target is made. */
  static TranslationEnds open(String from, String to, Interruption interruption)
      throws IOException, CommandFailure {
    End source = End.of("translate", from);
    End target = End.of("translate to", to);
    boolean isOne = source.identity.equals(target.identity);
    boolean isWithin =
        isOne
            ? !source.prefix.equals(target.prefix) && isWithin(source.prefix, target.prefix)
            : source.identity instanceof Path one
                && target.identity instanceof Path other
                && (one.startsWith(other) || other.startsWith(one));
    if (isWithin) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot translate "
              + from(source)
              + " to "
              + from(target)
              + ": one is within the other. Name a store elsewhere, or the same one to translate"
              + " in place.");
    }
    ObjectStore opened = MirrorWork.openThere("translate", source.bucket);
    try {
      MirrorWork.requireObjects("translate", opened, source.prefix, from(source), interruption);
      ObjectStore other = isOne ? opened : MirrorWork.openOrMake(target.bucket);
      return new TranslationEnds(opened, source.prefix, other, target.prefix);
    } catch (IOException | CommandFailure | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static boolean isWithin(String one, String other) {
    return one.startsWith(other) || other.startsWith(one);
  }

  private static String from(End end) {
    return end.prefix.isEmpty() ? end.bucket.toString() : end.bucket + "/" + end.prefix;
  }

  ObjectStore source() {
    return source;
  }

  String sourcePrefix() {
    return sourcePrefix;
  }

  ObjectStore target() {
    return target;
  }

  String targetPrefix() {
    return targetPrefix;
  }

  @Override
  public void close() throws IOException {
    try (source) {
      if (target != source) {
        target.close();
      }
    }
  }
}
