/** What all clients sign with; the synthetic S3 checks no signatures. */
export const accessKeyId = "AKIAIOSFODNN7EXAMPLE";
export const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
export const region = "us-east-1";
