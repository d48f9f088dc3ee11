// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreOption;
import io.kmesh.spi.store.StoreUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The options of a URL, checked. They name where secrets are and hold none. Immutable. */
public final class S3Options {
  /** What help shows. */
  public static final List<StoreOption> HELP =
      List.of(
          option("endpoint", "the server's URL; Amazon's by default"),
          option("region", "the bucket's region; that of the environment by default"),
          option("path-style", "on or off: the bucket in the path; on where an endpoint is given"),
          option("ca-file", "a PEM file of the certificates that are trusted, and no others"),
          option(
              "checksums",
              "when-supported (each body has one), when-required (what is asked for), none (of"
                  + " servers that know none); when-supported without an endpoint, else"
                  + " when-required"),
          option("conditional-writes", "on or off: off for servers that ignore conditions"),
          option("without", "capabilities that the server lacks, with commas: versions,copy"),
          option("requester-pays", "on or off: the caller pays for requests; off by default"),
          option("connections", "the most connections at a time; 64 by default"),
          option(
              "credentials",
              "default (the SDK's chain) or anonymous; not beside the options that follow"),
          option("profile", "a profile of the AWS configuration files"),
          option(
              "access-key-file",
              "a file with aws_access_key_id=, aws_secret_access_key= and, where there is one,"
                  + " aws_session_token="),
          option("role-arn", "a role to take on, with what the other options give"),
          option("role-session", "the role's session name; kmesh by default"),
          option("web-identity-token-file", "a file with the token to take on the role with"),
          option("sts-endpoint", "the URL of the token service; Amazon's by default"));

  private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private static final Set<StoreCapability> CONDITIONS =
      EnumSet.of(
          StoreCapability.CONDITIONAL_CREATE,
          StoreCapability.CONDITIONAL_REPLACE,
          StoreCapability.CONDITIONAL_DELETE);

  private final StoreUrl url;
  private final Optional<URI> endpoint;
  private final Optional<URI> stsEndpoint;
  private final boolean isPathStyle;
  private final boolean isRequesterPays;
  private final boolean isAnonymous;
  private final ChecksumMode checksums;
  private final int connections;
  private final Set<StoreCapability> capabilities;

  private S3Options(StoreUrl url) throws ProviderException {
    this.url = url;
    endpoint = uri("endpoint");
    stsEndpoint = uri("sts-endpoint");
    isPathStyle =
        choice("path-style", endpoint.isPresent() ? "on" : "off", "on", "off").equals("on");
    isRequesterPays = choice("requester-pays", "off", "on", "off").equals("on");
    isAnonymous = choice("credentials", "default", "default", "anonymous").equals("anonymous");
    checksums =
        ChecksumMode.valueOf(
            choice(
                    "checksums",
                    endpoint.isPresent() ? "when-required" : "when-supported",
                    "when-supported",
                    "when-required",
                    "none")
                .replace('-', '_')
                .toUpperCase(Locale.ROOT));
    connections = number("connections", 64, 10_000);
    capabilities = Collections.unmodifiableSet(readCapabilities());
    if (!BUCKET.matcher(url.bucket()).matches()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot open "
              + url
              + ": the bucket's name is not of letters, digits, \".\", \"-\", \"_\".");
    }
    checkCredentials();
  }

  /**
   * Reads them.
   *
   * @throws ProviderException INVALID for an unknown one or a wrong value
   */
  public static S3Options of(StoreUrl url) throws ProviderException {
    url.requireKnown(HELP.stream().map(StoreOption::name).collect(Collectors.toSet()));
    return new S3Options(url);
  }

  private static StoreOption option(String name, String meaning) {
    return new StoreOption(name, meaning);
  }

  Optional<URI> endpoint() {
    return endpoint;
  }

  Optional<URI> stsEndpoint() {
    return stsEndpoint;
  }

  /** A server that is not Amazon's has regions in name only. */
  Optional<String> region() {
    return text("region").or(() -> endpoint.map(e -> "us-east-1"));
  }

  boolean isPathStyle() {
    return isPathStyle;
  }

  boolean isRequesterPays() {
    return isRequesterPays;
  }

  boolean isAnonymous() {
    return isAnonymous;
  }

  ChecksumMode checksums() {
    return checksums;
  }

  int connections() {
    return connections;
  }

  Set<StoreCapability> capabilities() {
    return capabilities;
  }

  /** The value of an option that is any text. */
  Optional<String> text(String name) {
    return url.option(name);
  }

  ProviderException invalid(String name, String reason) {
    return new ProviderException(
        ErrorKind.INVALID, "Cannot open " + url + ": the option " + name + " " + reason + ".");
  }

  private Set<StoreCapability> readCapabilities() throws ProviderException {
    // S3 compares the SHA-256 of each part alone.
    Set<StoreCapability> all = EnumSet.complementOf(EnumSet.of(StoreCapability.UPLOAD_SHA256));
    if (checksums == ChecksumMode.NONE) {
      all.remove(StoreCapability.SHA256);
      all.remove(StoreCapability.CRC32C);
    }
    if (choice("conditional-writes", "on", "on", "off").equals("off")) {
      all.removeAll(CONDITIONS);
    }
    for (String name : text("without").orElse("").split(",", -1)) {
      if (!name.isBlank()) {
        all.remove(capability(name.trim()));
      }
    }
    return all;
  }

  private StoreCapability capability(String name) throws ProviderException {
    for (StoreCapability known : StoreCapability.values()) {
      if (spelt(known).equals(name)) {
        return known;
      }
    }
    String there =
        EnumSet.allOf(StoreCapability.class).stream()
            .map(S3Options::spelt)
            .collect(Collectors.joining(", "));
    throw invalid("without", "names " + name + ", which is no capability. There are: " + there);
  }

  private static String spelt(StoreCapability capability) {
    return capability.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void checkCredentials() throws ProviderException {
    boolean hasRole = text("role-arn").isPresent();
    for (String name : List.of("role-session", "web-identity-token-file", "sts-endpoint")) {
      if (text(name).isPresent() && !hasRole) {
        throw invalid(name, "is of no use without role-arn");
      }
    }
    long sources =
        List.of("profile", "access-key-file", "web-identity-token-file").stream()
            .filter(name -> text(name).isPresent())
            .count();
    if (sources > 1 || (isAnonymous && (sources > 0 || hasRole))) {
      throw invalid(
          "credentials", "and those for a profile, a key file, a token contradict each other");
    }
  }

  private String choice(String name, String byDefault, String... values) throws ProviderException {
    String value = text(name).orElse(byDefault);
    if (!List.of(values).contains(value)) {
      throw invalid(name, "is none of " + String.join(", ", values));
    }
    return value;
  }

  private int number(String name, int byDefault, int most) throws ProviderException {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return byDefault;
    }
    try {
      int value = Integer.parseInt(text.get());
      if (value >= 1 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw invalid(name, "is no number from 1 to " + most);
  }

  private Optional<URI> uri(String name) throws ProviderException {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = new URI(text.get());
      String scheme = uri.getScheme() == null ? "" : uri.getScheme();
      if (uri.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        if (uri.getRawUserInfo() == null) {
          return Optional.of(uri);
        }
        throw invalid(name, "holds a user; give keys by access-key-file");
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw invalid(name, "is no http:// or https:// URL with a host");
  }

  @Override
  public String toString() {
    return "S3Options(" + url + ")";
  }
}
