// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * The keys of the SDK's default chain, which looks first at Java's properties and then at the
 * environment. These are read here; the chain is made when neither has keys. Source: "Default
 * credentials provider chain" of the SDK's developer guide. Thread-safe.
 */
final class ChainCredentials implements AwsCredentialsProvider, SdkAutoCloseable {
  private final UnaryOperator<@Nullable String> properties;
  private final UnaryOperator<@Nullable String> environment;
  private volatile @Nullable Found last;
  private @Nullable DefaultCredentialsProvider chain; // guarded by this

  /** Keys as they were found, and the SDK's form of them. */
  private record Found(String id, String secret, @Nullable String token, AwsCredentials keys) {
    boolean is(String otherId, String otherSecret, @Nullable String otherToken) {
      return id.equals(otherId)
          && secret.equals(otherSecret)
          && (token == null ? otherToken == null : token.equals(otherToken));
    }

    @Override
    public String toString() {
      return "Found(" + id + ")";
    }
  }

  /** Of this process. */
  ChainCredentials() {
    this(System::getProperty, System::getenv);
  }

  ChainCredentials(
      UnaryOperator<@Nullable String> properties, UnaryOperator<@Nullable String> environment) {
    this.properties = properties;
    this.environment = environment;
  }

  @Override
  public AwsCredentials resolveCredentials() {
    AwsCredentials found =
        keys(properties, "aws.accessKeyId", "aws.secretAccessKey", "aws.sessionToken");
    if (found == null) {
      found = keys(environment, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN");
    }
    return found == null ? chain().resolveCredentials() : found;
  }

  @Override
  public CompletableFuture<AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
    return CompletableFuture.completedFuture(resolveCredentials());
  }

  @Override
  public CompletableFuture<? extends AwsCredentialsIdentity> resolveIdentity() {
    return CompletableFuture.completedFuture(resolveCredentials());
  }

  private @Nullable AwsCredentials keys(
      UnaryOperator<@Nullable String> place, String id, String secret, String token) {
    String key = text(place, id);
    String hidden = key == null ? null : text(place, secret);
    if (key == null || hidden == null) {
      return null;
    }
    String session = text(place, token);
    Found known = last;
    if (known != null && known.is(key, hidden, session)) {
      return known.keys();
    }
    AwsCredentials keys =
        session == null
            ? AwsBasicCredentials.create(key, hidden)
            : AwsSessionCredentials.create(key, hidden, session);
    last = new Found(key, hidden, session, keys);
    return keys;
  }

  private static @Nullable String text(UnaryOperator<@Nullable String> place, String name) {
    String text = place.apply(name);
    return text == null || text.isBlank() ? null : text.trim();
  }

  private synchronized DefaultCredentialsProvider chain() {
    DefaultCredentialsProvider made = chain;
    if (made == null) {
      made = DefaultCredentialsProvider.builder().build();
      chain = made;
    }
    return made;
  }

  @Override
  public synchronized void close() {
    if (chain != null) {
      chain.close();
    }
  }

  @Override
  public String toString() {
    return "ChainCredentials()";
  }
}
