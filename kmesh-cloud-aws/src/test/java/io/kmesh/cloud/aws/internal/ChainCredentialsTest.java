// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

class ChainCredentialsTest {
  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private final ChainCredentials credentials =
      new ChainCredentials(properties::get, environment::get);

  @Test
  void environment_givesKeys_withoutBlanks() {
    environment.putAll(Map.of("AWS_ACCESS_KEY_ID", " id ", "AWS_SECRET_ACCESS_KEY", "secret\n"));

    assertThat(credentials.resolveCredentials())
        .isEqualTo(AwsBasicCredentials.create("id", "secret"));
    assertThat(credentials.resolveIdentity().join())
        .isEqualTo(AwsBasicCredentials.create("id", "secret"));
  }

  @Test
  void sessionToken_isOfTheSamePlace() {
    environment.putAll(
        Map.of(
            "AWS_ACCESS_KEY_ID",
            "id",
            "AWS_SECRET_ACCESS_KEY",
            "secret",
            "AWS_SESSION_TOKEN",
            "t"));

    assertThat(credentials.resolveCredentials())
        .isEqualTo(AwsSessionCredentials.create("id", "secret", "t"));

    properties.putAll(Map.of("aws.accessKeyId", "other", "aws.secretAccessKey", "hidden"));
    assertThat(credentials.resolveCredentials())
        .isEqualTo(AwsBasicCredentials.create("other", "hidden"));
  }

  @Test
  void properties_thatLackTheSecret_leaveItToTheEnvironment() {
    properties.putAll(Map.of("aws.accessKeyId", "other", "aws.secretAccessKey", " "));
    environment.putAll(Map.of("AWS_ACCESS_KEY_ID", "id", "AWS_SECRET_ACCESS_KEY", "secret"));

    assertThat(credentials.resolveCredentials())
        .isEqualTo(AwsBasicCredentials.create("id", "secret"));
  }

  @Test
  void keysThatChange_areSeen_andThoseThatDoNotAreTheSame() {
    properties.putAll(Map.of("aws.accessKeyId", "a", "aws.secretAccessKey", "b"));
    Object first = credentials.resolveCredentials();

    assertThat(credentials.resolveCredentials()).isSameAs(first);
    properties.put("aws.secretAccessKey", "c");
    assertThat(credentials.resolveCredentials()).isEqualTo(AwsBasicCredentials.create("a", "c"));
  }
}
