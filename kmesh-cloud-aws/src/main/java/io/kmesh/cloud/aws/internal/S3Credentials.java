// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Where the keys come from. The SDK's providers renew what expires ahead of time, one request for
 * all who ask. What is opened on the way is in {@link #opened} and is the caller's to close.
 */
final class S3Credentials {
  private static final String KEY = "aws_access_key_id";
  private static final String SECRET = "aws_secret_access_key";
  private static final String TOKEN = "aws_session_token";

  private final S3Options options;
  private final List<AutoCloseable> opened = new ArrayList<>();

  S3Credentials(S3Options options) {
    this.options = options;
  }

  List<AutoCloseable> opened() {
    return opened;
  }

  AwsCredentialsProvider provider() throws IOException {
    Optional<String> role = options.text("role-arn");
    Optional<String> tokens = options.text("web-identity-token-file");
    if (role.isPresent() && tokens.isPresent()) {
      return closing(
          StsWebIdentityTokenFileCredentialsProvider.builder()
              .stsClient(sts(AnonymousCredentialsProvider.create()))
              .roleArn(role.get())
              .roleSessionName(session())
              .webIdentityTokenFile(Path.of(tokens.get()))
              .build());
    }
    AwsCredentialsProvider own = own();
    if (role.isEmpty()) {
      return own;
    }
    return closing(
        StsAssumeRoleCredentialsProvider.builder()
            .stsClient(sts(own))
            .refreshRequest(r -> r.roleArn(role.get()).roleSessionName(session()))
            .build());
  }

  private AwsCredentialsProvider own() throws IOException {
    if (options.isAnonymous()) {
      return AnonymousCredentialsProvider.create();
    }
    Optional<String> file = options.text("access-key-file");
    if (file.isPresent()) {
      return StaticCredentialsProvider.create(keys(Path.of(file.get())));
    }
    Optional<String> profile = options.text("profile");
    return profile.isPresent()
        ? closing(ProfileCredentialsProvider.create(profile.get()))
        : closing(new ChainCredentials());
  }

  private String session() {
    return options.text("role-session").orElse("kmesh");
  }

  private StsClient sts(AwsCredentialsProvider own) {
    StsClientBuilder builder = StsClient.builder().credentialsProvider(own);
    options.region().ifPresent(name -> builder.region(Region.of(name)));
    options.stsEndpoint().ifPresent(builder::endpointOverride);
    return closing(builder.build());
  }

  private <T extends SdkAutoCloseable> T closing(T resource) {
    opened.add(0, resource);
    return resource;
  }

  /** Reads the lines of an AWS credentials file, of which it takes one section alone. */
  private software.amazon.awssdk.auth.credentials.AwsCredentials keys(Path file)
      throws IOException {
    Map<String, String> found = new HashMap<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw options.invalid("access-key-file", "names " + file + ", which cannot be read");
    }
    for (String line : lines) {
      int equals = line.indexOf('=');
      if (equals > 0 && !line.startsWith("#")) {
        String name = line.substring(0, equals).trim();
        if (found.put(name, line.substring(equals + 1).trim()) != null) {
          throw options.invalid(
              "access-key-file", "names " + file + ", which has " + name + " twice");
        }
      }
    }
    String key = found.get(KEY);
    String secret = found.get(SECRET);
    String token = found.get(TOKEN);
    if (key == null || secret == null || key.isEmpty() || secret.isEmpty()) {
      throw options.invalid(
          "access-key-file", "names " + file + ", which lacks " + KEY + "= or " + SECRET + "=");
    }
    return token == null
        ? AwsBasicCredentials.create(key, secret)
        : AwsSessionCredentials.create(key, secret, token);
  }
}
